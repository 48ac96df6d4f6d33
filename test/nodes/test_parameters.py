"""Parameters on a real rclpy node, without a network: the calls that the parameter services make."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
import yaml
from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions

from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.nodes.executor_parameters import CONNECTION, CONTROLLER, ExecutorParameters
from diffusion_mpc_ros.nodes.objective_parameters import ObjectiveParameters
from diffusion_mpc_ros.nodes.parameters import ParameterError
from diffusion_mpc_ros.nodes.planner_node import THREADS
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema
from diffusion_mpc_ros.robot.spec import LIMITS

CONFIG = Path(__file__).parents[2] / "config"
SCHEMA = ObjectiveSchema.of(LIMITS)

MakeNode = Callable[..., Node]


@pytest.fixture
def make_node(domains: tuple[int, int]) -> Iterator[MakeNode]:
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=domains[0], signal_handler_options=SignalHandlerOptions.NO)
    nodes = []

    def make(**overrides: Any) -> Node:
        given = [Parameter(name.replace("__", "."), value=value) for name, value in overrides.items()]
        nodes.append(rclpy.create_node("node", context=context, parameter_overrides=given))
        return nodes[-1]

    yield make
    for node in nodes:
        node.destroy_node()
    rclpy.shutdown(context=context)


@pytest.fixture
def node(make_node: MakeNode) -> Node:
    return make_node()


@pytest.fixture
def parameters(node: Node) -> ObjectiveParameters:
    return ObjectiveParameters(node, SCHEMA)


def test_the_defaults_make_an_objective(parameters: ObjectiveParameters) -> None:
    assert parameters.objective.sampling.candidates == 1


def test_an_accepted_call_replaces_the_snapshot(node: Node, parameters: ObjectiveParameters) -> None:
    before = parameters.objective
    (result,) = node.set_parameters([Parameter("sampler.candidates", value=4)])
    assert result.successful
    assert (before.sampling.candidates, parameters.objective.sampling.candidates) == (1, 4)
    assert parameters.objective.revision != before.revision


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sampler.guidance_scale", math.nan),
        ("sampler.guidance_scale", -1.0),
        ("sampler.guidance_scale", "strong"),
        ("sampler.candidates", 0),
        ("sampler.candidates", 2.5),
        ("posture.target", [0.0] * 11),
        ("posture.target", [math.inf] * 12),
        ("constraints.joint_position.lower", [9.0] * 12),
    ],
)
def test_a_rejected_call_gives_its_reason_and_changes_nothing(
    node: Node, parameters: ObjectiveParameters, name: str, value: Any
) -> None:
    objective, before = parameters.objective, node.get_parameter(name).value
    (result,) = node.set_parameters([Parameter(name, value=value)])
    assert not result.successful
    assert name in result.reason or "expected" in result.reason
    assert parameters.objective is objective
    assert node.get_parameter(name).value == before


def test_an_integer_is_taken_where_a_number_is_meant(node: Node, parameters: ObjectiveParameters) -> None:
    results = node.set_parameters(
        [Parameter("sampler.guidance_scale", value=2), Parameter("posture.target", value=[0] * 4 + [1] * 8)]
    )
    assert all(result.successful for result in results), results
    assert parameters.objective.sampling.guidance_scale == 2.0


def test_an_integer_out_of_range_is_rejected_like_the_number(node: Node, parameters: ObjectiveParameters) -> None:
    (result,) = node.set_parameters([Parameter("sampler.guidance_scale", value=-1)])
    assert not result.successful


def test_a_parameter_cannot_be_unset(node: Node, parameters: ObjectiveParameters) -> None:
    (result,) = node.set_parameters([Parameter("sampler.guidance_scale", Parameter.Type.NOT_SET)])
    assert not result.successful
    assert node.get_parameter("sampler.guidance_scale").value == 1.0


def test_an_atomic_call_is_one_change(node: Node, parameters: ObjectiveParameters) -> None:
    good: list[Parameter[Any]] = [Parameter("sampler.candidates", value=3), Parameter("posture.weight", value=1.0)]
    revision = parameters.objective.revision
    assert node.set_parameters_atomically(good).successful
    assert parameters.objective.revision == revision + 1

    objective = parameters.objective
    bad: list[Parameter[Any]] = [Parameter("sampler.candidates", value=9), Parameter("posture.weight", value=math.nan)]
    assert not node.set_parameters_atomically(bad).successful
    assert parameters.objective is objective
    assert node.get_parameter("sampler.candidates").value == 3


def test_every_parameter_is_described(node: Node, parameters: ObjectiveParameters) -> None:
    for spec in SCHEMA.specs:
        described = node.describe_parameter(spec.name)
        assert described.description == spec.text
        shown = [*described.floating_point_range, *described.integer_range]
        if spec.range is not None and not isinstance(spec.default, tuple):
            assert [(bounds.from_value, bounds.to_value) for bounds in shown] == [spec.range]


def test_a_start_with_impossible_parameters_fails(make_node: MakeNode) -> None:
    node = make_node(posture__weight="much")
    with pytest.raises(ObjectiveError, match=r"posture\.weight"):
        ObjectiveParameters(node, SCHEMA)


def test_the_executor_has_the_controllers_own_defaults(make_node: MakeNode) -> None:
    read = ExecutorParameters.declare(make_node(network_interface="lo"))
    assert (read.network_interface, read.domain_id, read.controller) == ("lo", 0, ControllerConfig())


def test_executor_parameters_reach_the_controller(make_node: MakeNode) -> None:
    node = make_node(network_interface="lo", domain_id=7, robot_timeout_s=9, command_limit=[1, 0, 1], grace_ticks=5)
    read = ExecutorParameters.declare(node)
    assert (read.domain_id, read.robot_timeout_s) == (7, 9.0)
    assert (read.controller.command_limit, read.controller.grace_ticks) == ((1.0, 0.0, 1.0), 5)


def test_executor_parameters_need_a_restart(make_node: MakeNode) -> None:
    node = make_node(network_interface="lo")
    ExecutorParameters.declare(node)
    for name in ("network_interface", *(spec.name for spec in (*CONNECTION, *CONTROLLER))):
        (result,) = node.set_parameters([node.get_parameter(name)])
        assert "read-only" in result.reason


def test_no_interface_is_said_plainly(node: Node) -> None:
    with pytest.raises(ParameterError, match="network_interface: expected a value, got none"):
        ExecutorParameters.declare(node)


@pytest.mark.parametrize(
    ("name", "value"),
    [("grace_ticks", -1), ("command_limit", [1.0, 0.5]), ("tilt_limit_deg", 170.0), ("command_timeout_s", math.nan)],
)
def test_the_executor_refuses_wrong_values(make_node: MakeNode, name: str, value: Any) -> None:
    with pytest.raises((ParameterError, ParameterException), match=name):
        ExecutorParameters.declare(make_node(network_interface="lo", **{name: value}))


def flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in tree.items():
        leaves |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return leaves


@pytest.mark.parametrize(
    ("file", "specs", "texts"),
    [("planner.yaml", [*SCHEMA.specs, THREADS], {"model"}), ("executor.yaml", CONTROLLER, set())],
)
def test_parameter_files_hold_known_names_and_good_values(file: str, specs: list[Any], texts: set[str]) -> None:
    values = flat(yaml.safe_load((CONFIG / file).read_text())["/**"]["ros__parameters"])
    known = {spec.name: spec for spec in specs}
    assert values.keys() <= known.keys() | texts
    for name in values.keys() - texts:
        known[name].parse(values[name])
