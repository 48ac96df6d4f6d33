"""Parameters, dumps and presets of the running planner, over the services that the command line tools use."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from rcl_interfaces.msg import Parameter as ParameterMessage
from rcl_interfaces.srv import GetParameters, ListParameters, SetParameters, SetParametersAtomically
from rclpy.parameter import Parameter, parameter_value_to_python
from std_srvs.srv import Trigger

from diffusion_mpc_ros.nodes import interface
from diffusion_mpc_ros.nodes.presets import DEFAULT
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.parameter_file import read_parameter_file
from diffusion_mpc_ros.planning.rewards.registry import BUILT_IN
from diffusion_mpc_ros.robot.spec import JOINT_UPPER, LIMITS

MODULE = "diffusion_mpc_ros.nodes.planner_node"
CONFIG = Path(__file__).parents[2] / "config"
PRESETS = {file.stem: read_parameter_file(file) for file in sorted((CONFIG / "objectives").iterdir())}
NETWORKS = ("base_height", "energy", "foot_lift")
"""Terms that the standing model, which has no networks for them, does not declare."""
NEED_A_NETWORK = {name for name, values in PRESETS.items() if any(key.startswith(NETWORKS) for key in values)}
READ_ONLY = {"model", "threads", "seed", "presets"}

Start = Callable[..., Any]


def planner(start: Start, bundle: Path, *arguments: str) -> Any:
    files = ["--params-file", str(CONFIG / "planner.yaml")]
    program = start(MODULE, "--ros-args", *files, *arguments, "-p", f"model:={bundle}")
    program.wait_for("ready")
    return program


def message(name: str, value: Any) -> Any:
    parameter: ParameterMessage = Parameter(name, value=value).to_parameter_msg()
    return parameter


def set_together(client: Any, changes: dict[str, Any]) -> Any:
    request = SetParametersAtomically.Request(parameters=[message(*change) for change in changes.items()])
    return client.call(SetParametersAtomically, "planner/set_parameters_atomically", request).result


def set_in_turn(client: Any, changes: dict[str, Any]) -> Any:
    request = SetParameters.Request(parameters=[message(*change) for change in changes.items()])
    return client.call(SetParameters, "planner/set_parameters", request).results


def dump(client: Any) -> dict[str, Any]:
    """All parameters, as ``ros2 param dump`` gets them."""
    names = client.call(ListParameters, "planner/list_parameters", ListParameters.Request()).result.names
    values = client.call(GetParameters, "planner/get_parameters", GetParameters.Request(names=names)).values
    read = map(parameter_value_to_python, values)
    plain = [value if isinstance(value, (bool, int, float, str)) else list(value) for value in read]  # type: ignore[arg-type]
    return dict(zip(names, plain, strict=True))


def write_dump(parameters: dict[str, Any], path: Path) -> Path:
    """A file like that of ``ros2 param dump``: groups nested, below the name of the node."""
    tree: dict[str, Any] = {}
    for name, value in parameters.items():
        *groups, field = name.split(".")
        branch = tree
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[field] = value
    path.write_text(yaml.dump({"/planner": {"ros__parameters": tree}}, default_flow_style=False))
    return path


def switch(client: Any, name: str) -> tuple[bool, str]:
    response = client.call(Trigger, f"planner/objective/{name}", Trigger.Request())
    return response.success, response.message


CHANGES: dict[str, Any] = {
    "posture.weight": 1e6,
    "posture.target": [0] * 12,
    "smooth.weight": 1e-5,
    "align.direction": [0.0, 0.1, -1.0],
    "range.lower": (JOINT_UPPER + 0.5).tolist(),
    "range.upper": (JOINT_UPPER + 0.6).tolist(),
    "constraints.joint_velocity.enabled": True,
    "constraints.leg_FR.lower": [-0.2, 0.5, -2.0],
    "constraints.leg_FR.upper": [0.1, 1.2, -1.0],
    "constraints.leg_FR.enabled": True,
    "constraints.linear.columns": ["action.RR_calf_joint", "action.RL_calf_joint", "action.FL_calf_joint"],
    "constraints.linear.a": [1.0, -1.0, 0.0],
    "constraints.linear.b": [0.3],
    "constraints.linear.enabled": True,
    "sampler.candidates": 3,
    "sampler.method": "ddim",
    "sampler.steps": 5,
    "cache.steps": 2,
}


def test_a_dump_loaded_again_gives_the_same_parameters(start: Start, client: Any, bundle: Path, tmp_path: Path) -> None:
    first = planner(start, bundle)
    assert set_together(client, CHANGES).successful
    dumped = dump(client)
    assert {name: dumped[name] for name in CHANGES} == CHANGES
    assert first.end(signal.SIGINT) == 0

    # ros2 run ... --params-file
    again = start(MODULE, "--ros-args", "--params-file", str(write_dump(dumped, tmp_path / "dump.yaml")))
    again.wait_for("ready")
    assert dump(client) == dumped
    assert again.end(signal.SIGINT) == 0

    # ros2 param load: one by one
    fresh = planner(start, bundle)
    assert set_together(client, {"sampler.steps": 2, "range.lower": [-6.0] * 12, "range.upper": [-5.0] * 12}).successful
    names = sorted(dumped)
    results = dict(zip(names, set_in_turn(client, {name: dumped[name] for name in names}), strict=True))
    assert {name for name, result in results.items() if not result.successful} <= READ_ONLY | {
        name for name in dumped if name.startswith("start_type")
    }
    assert dump(client) == dumped
    assert set_together(client, {"sampler.candidates": 3}).reason == ""
    assert fresh.end(signal.SIGINT) == 0


def test_a_limit_that_waits_is_told_to_whoever_set_it_and_in_the_diagnostics(
    start: Start, client: Any, bundle: Path
) -> None:
    node = planner(start, bundle)
    reports = client.listen(interface.DIAGNOSTICS)
    (result,) = set_in_turn(client, {"range.upper": [-3.0] * 12})
    assert result.successful
    assert "range.lower[0]: expected at most range.upper[0] = -3" in result.reason
    client.until(lambda: reports and "range.lower[0]" in reports[-1].status[0].message)
    node.wait_for("range.lower[0]: expected at most")
    (result,) = set_in_turn(client, {"range.lower": [-4.0] * 12})
    assert (result.successful, result.reason) == (True, "")
    client.until(lambda: reports[-1].status[0].message == "idle")


def test_presets_are_switched_by_services(start: Start, client: Any, bundle: Path, tmp_path: Path) -> None:
    own = tmp_path / "presets"
    own.mkdir()
    text = "/**: {ros__parameters: {align: {weight: 7, direction: [0, 0.5, -1]}, range: {upper: [-3.0]}}}"
    (own / "broken.yaml").write_text(text)
    (own / "leaning.yaml").write_text(text.split(", range")[0] + "}}")
    planner(start, bundle, "-p", "posture.weight:=2.0", "-p", f"presets:={own}")
    began = dump(client)
    for name, values in PRESETS.items():
        before = dump(client)
        success, text = switch(client, name)
        after = dump(client)
        assert success == (name not in NEED_A_NETWORK), text
        if success:
            off = {f"{term.name}.weight": 0.0 for term in BUILT_IN if term.name not in NETWORKS}
            assert after == began | off | values
            assert all((f"{key} = " in text) == (after[key] != before[key]) for key in after)
        else:
            assert "expected a term that the model supports, got one that needs a network for" in text
            assert after == before
    success, text = switch(client, "leaning")
    assert success
    assert "align.direction = [0, 0.5, -1], align.weight = 7" in text
    success, text = switch(client, "broken")
    assert not success
    assert "range.upper: expected 12 values, got 1" in text
    assert switch(client, DEFAULT)[0]
    assert dump(client) == began
    assert switch(client, DEFAULT) == (True, "default: nothing to change")


def test_a_node_starts_with_presets(start: Start, client: Any, bundle: Path) -> None:
    expected: dict[str, Any] = {}
    arguments = []
    for name in PRESETS.keys() - NEED_A_NETWORK:
        arguments += ["--params-file", str(CONFIG / "objectives" / f"{name}.yaml")]
        expected |= PRESETS[name]
    planner(start, bundle, *arguments)
    parameters = dump(client)
    assert {key: parameters[key] for key in expected} == expected


def refusal(start: Start, bundle: Path, *arguments: str) -> str:
    refused = start(MODULE, "--ros-args", "-p", f"model:={bundle}", *arguments)
    assert refused.process.wait(30) != 0
    (line,) = refused.output.splitlines()
    return str(line)


def test_a_preset_that_the_model_cannot_follow_keeps_the_node_from_starting(start: Start, bundle: Path) -> None:
    line = refusal(start, bundle, "--params-file", str(CONFIG / "objectives" / "low_crawl.yaml"))
    assert "base_height.weight: expected a term that the model supports, got one that needs a network" in line


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_makes_an_objective_of_the_terms_it_weighs(name: str) -> None:
    values = PRESETS[name]
    schema = ObjectiveSchema.of(LIMITS, resources={f"{term}.model": None for term in NETWORKS})
    objective = schema.objective(values)
    assert {term.name for _, term in objective.reward.terms} == {
        key.removesuffix(".weight") for key in values if key.endswith(".weight")
    }


def test_rear_calves_are_drawn_to_where_the_names_say() -> None:
    stand = LIMITS.stand_pose[8]
    calves = {name: values["posture.target"] for name, values in PRESETS.items() if "posture.target" in values}
    assert set(calves) == {"climb", "descend", "rear_legs_straight", "rear_legs_flexed"}
    for name, target in calves.items():
        assert target[8] == target[11]
        assert (target[8] < stand) == (name in {"climb", "rear_legs_flexed"})
        assert [i for i, chosen in enumerate(PRESETS[name]["posture.mask"]) if chosen] == [8, 11]


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("Upper", "/**: {ros__parameters: {}}", "expected a name of small letters"),
        ("plain", "align: {weight: 1.0}", "expected parameters below '/**: ros__parameters:'"),
    ],
)
def test_a_file_that_is_no_preset_keeps_the_node_from_starting(
    start: Start, bundle: Path, tmp_path: Path, name: str, text: str, complaint: str
) -> None:
    (tmp_path / f"{name}.yaml").write_text(text)
    assert f"{name}.yaml: {complaint}" in refusal(start, bundle, "-p", f"presets:={tmp_path}")


def test_a_directory_of_presets_that_is_not_there_keeps_the_node_from_starting(start: Start, bundle: Path) -> None:
    assert "presets: expected a directory, got nowhere" in refusal(start, bundle, "-p", "presets:=nowhere")
