"""Parameters on a real rclpy node, without a network: the calls that the parameter services make."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.exceptions import ParameterException
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions

from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.execution.walk_limits import WalkLimits
from diffusion_mpc_ros.nodes.executor_parameters import CONNECTION, CONTROLLER, ExecutorParameters
from diffusion_mpc_ros.nodes.live_node import LiveNode
from diffusion_mpc_ros.nodes.objective_parameters import ObjectiveParameters
from diffusion_mpc_ros.nodes.parameters import ParameterError
from diffusion_mpc_ros.nodes.planner_node import THREADS
from diffusion_mpc_ros.nodes.walk_limit_parameters import WALK_LIMITS, WalkLimitParameters
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema
from diffusion_mpc_ros.planning.parameter_file import read_parameter_file
from diffusion_mpc_ros.robot.spec import JOINT_UPPER, LIMITS
from diffusion_mpc_ros.safety.joint_spec import JointSpec

CONFIG = Path(__file__).parents[2] / "config"
SCHEMA = ObjectiveSchema.of(LIMITS)

MakeNode = Callable[..., LiveNode]


@pytest.fixture
def make_node(domains: tuple[int, int]) -> Iterator[MakeNode]:
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=domains[0], signal_handler_options=SignalHandlerOptions.NO)
    nodes = []

    def make(**overrides: Any) -> LiveNode:
        given = [Parameter(name.replace("__", "."), value=value) for name, value in overrides.items()]
        nodes.append(LiveNode("node", context=context, parameter_overrides=given))
        return nodes[-1]

    yield make
    for node in nodes:
        node.destroy_node()
    rclpy.shutdown(context=context)


@pytest.fixture
def node(make_node: MakeNode) -> LiveNode:
    return make_node()


@pytest.fixture
def parameters(node: LiveNode) -> ObjectiveParameters:
    return ObjectiveParameters(node, SCHEMA)


def answer(node: LiveNode, name: str, value: Any) -> Any:
    """What the service answers to ``ros2 param set``."""
    return node.set_parameters_atomically([Parameter(name, value=value)])


def test_the_defaults_make_an_objective(parameters: ObjectiveParameters) -> None:
    assert parameters.objective.sampling.candidates == 1


def test_an_accepted_call_replaces_the_snapshot(node: LiveNode, parameters: ObjectiveParameters) -> None:
    before = parameters.objective
    (result,) = node.set_parameters([Parameter("sampler.candidates", value=4)])
    assert result.successful
    assert (before.sampling.candidates, parameters.objective.sampling.candidates) == (1, 4)
    assert parameters.objective.revision != before.revision


REJECTED: list[tuple[str, Any, str]] = [
    ("sampler.guidance_scale", math.nan, "expected a number in [0, 1000], got nan"),
    ("sampler.guidance_scale", -1.0, "expected a number in [0, 1000], got -1.0"),
    ("sampler.guidance_scale", -1, "expected a number in [0, 1000], got -1"),
    ("sampler.guidance_scale", "strong", "expected a number in [0, 1000], got 'strong'"),
    ("sampler.guidance_scale", None, "expected a number in [0, 1000], got None"),
    ("sampler.guidance_scale", True, "expected a number in [0, 1000], got True"),
    ("sampler.candidates", 0, "expected a whole number in [1, 1000], got 0"),
    ("sampler.candidates", 2.5, "expected a whole number in [1, 1000], got 2.5"),
    ("sampler.method", "dpm", "expected one of ddpm, ddim, got 'dpm'"),
    ("sampler.method", 3, "expected one of ddpm, ddim, got 3"),
    ("posture.target", [0.0] * 11, "expected 12 values, got 11"),
    ("posture.target", 0.5, "expected 12 values, got 0.5"),
    ("posture.target", "straight", "expected 12 values, got 'straight'"),
    ("posture.target", [math.inf] * 12, "expected a number in [-6.28319, 6.28319], got inf at index 0"),
    ("posture.target", ["a"] * 12, "expected a number in [-6.28319, 6.28319], got 'a' at index 0"),
    ("posture.mask", [1] * 12, "expected true or false, got 1 at index 0"),
    ("constraints.joint_position.enabled", 1, "expected true or false, got 1"),
    ("constraints.joint_position.lower", [9.0] * 12, "expected a number in [-6.28319, 6.28319], got 9.0 at index 0"),
    ("align.direction", [0.0, 0.0, 0.0], "expected a vector of length 0.1 or more, got length 0"),
]


@pytest.mark.parametrize(("name", "value", "reason"), REJECTED)
def test_a_rejected_call_gives_its_reason_and_changes_nothing(
    node: LiveNode, parameters: ObjectiveParameters, name: str, value: Any, reason: str
) -> None:
    objective, before, described = parameters.objective, node.get_parameter(name), node.describe_parameter(name).type
    result = answer(node, name, value)
    assert not result.successful
    assert result.reason.startswith(f"{name}: {reason}")
    assert parameters.objective is objective
    assert (node.get_parameter(name).type_, node.get_parameter(name).value) == (before.type_, before.value)
    assert node.describe_parameter(name).type == described


def test_an_unknown_name_is_named(node: LiveNode, parameters: ObjectiveParameters) -> None:
    result = answer(node, "postur.weight", 1.0)
    assert not result.successful
    assert "postur.weight: " in result.reason
    assert "did you mean posture.weight?" in result.reason


def test_a_term_that_the_model_lacks_is_said_to_be_lacking(node: LiveNode, parameters: ObjectiveParameters) -> None:
    assert "needs a network for energy" in answer(node, "energy.weight", 1.0).reason


def test_every_culprit_is_named(node: LiveNode, parameters: ObjectiveParameters) -> None:
    wrong: list[Parameter[Any]] = [
        Parameter("sampler.candidates", value=0),
        Parameter("smooth.weight", value=math.nan),
        Parameter("align.direction", value=[0.0, 0.0, 0.0]),
        Parameter("nonsense", value=1),
    ]
    result = node.set_parameters_atomically([*wrong, Parameter("posture.weight", value=1.0)])
    assert not result.successful
    assert all(f"{culprit.name}: expected" in result.reason for culprit in wrong)
    assert node.get_parameter("posture.weight").value == 0.0


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("sampler.guidance_scale", 2, 2.0),
        ("posture.weight", "1e6", 1e6),
        ("posture.target", [0] * 4 + [1] * 8, [0.0] * 4 + [1.0] * 8),
        ("align.direction", "[0, 0.5, -1]", [0.0, 0.5, -1.0]),
        ("align.direction", "[0, 1e-1, -1.0]", [0.0, 0.1, -1.0]),
        ("align.direction", ["0", "1e-1", "-1e0"], [0.0, 0.1, -1.0]),
    ],
)
def test_numbers_however_the_command_line_writes_them_are_stored_as_numbers(
    node: LiveNode, parameters: ObjectiveParameters, name: str, value: Any, stored: Any
) -> None:
    assert answer(node, name, value).successful
    value = node.get_parameter(name).value
    assert (value if isinstance(value, float) else list(value)) == stored
    many = isinstance(stored, list)
    assert node.get_parameter(name).type_ == (Parameter.Type.DOUBLE_ARRAY if many else Parameter.Type.DOUBLE)


def test_rows_of_another_size_are_set_part_by_part_while_they_are_off(
    node: LiveNode, parameters: ObjectiveParameters
) -> None:
    rows = "constraints.linear"
    columns = ["action.FR_hip_joint", "action.FL_hip_joint", "position.FL_hip_joint"]
    for name, value in (("a", [1, 2, 3]), ("columns", columns), ("b", [1]), ("enabled", True)):
        assert answer(node, f"{rows}.{name}", value).successful, name
    assert node.get_parameter(f"{rows}.a").type_ == Parameter.Type.DOUBLE_ARRAY
    assert len(parameters.objective.constraints.members) == 2
    refused = answer(node, f"{rows}.b", [1.0, 2.0])
    assert not refused.successful
    assert f"{rows}.a: expected 2 rows" in refused.reason
    assert not answer(node, f"{rows}.b", []).successful
    assert "one or more of angular_velocity.x, " in node.describe_parameter(f"{rows}.columns").additional_constraints


def test_integers_of_the_start_are_stored_as_numbers(make_node: MakeNode) -> None:
    node = make_node(posture__weight=3, posture__target=[1] * 12)
    parameters = ObjectiveParameters(node, SCHEMA)
    assert parameters.objective.reward
    assert node.get_parameter("posture.weight").type_ == Parameter.Type.DOUBLE
    assert node.get_parameter("posture.target").type_ == Parameter.Type.DOUBLE_ARRAY


def test_a_limit_that_waits_for_its_partner_is_told(node: LiveNode, parameters: ObjectiveParameters) -> None:
    before = parameters.objective
    result = answer(node, "range.lower", [1.2] * 12)
    assert result.successful
    assert "range.lower[0]: expected at most range.upper[0] = 1.0472, got 1.2" in result.reason
    assert parameters.objective is before
    assert node.get_parameter("range.lower").value[0] == 1.2
    result = answer(node, "range.upper", [1.3] * 12)
    assert (result.successful, result.reason) == (True, "")
    assert parameters.objective.revision == before.revision + 1


def test_parameters_of_the_node_itself_are_judged_by_ros(node: LiveNode, parameters: ObjectiveParameters) -> None:
    assert answer(node, "use_sim_time", False).successful
    objective = parameters.objective
    node.declare_parameter("fixed", 1, ParameterDescriptor(read_only=True))
    together: list[Parameter[Any]] = [Parameter("posture.weight", value=1.0), Parameter("fixed", value=2)]
    result = node.set_parameters_atomically(together)
    assert not result.successful
    assert "read-only parameter: fixed" in result.reason
    assert parameters.objective is objective
    assert node.get_parameter("posture.weight").value == 0.0


def test_an_atomic_call_is_one_change(node: LiveNode, parameters: ObjectiveParameters) -> None:
    good: list[Parameter[Any]] = [Parameter("sampler.candidates", value=3), Parameter("posture.weight", value=1.0)]
    revision = parameters.objective.revision
    assert node.set_parameters_atomically(good).successful
    assert parameters.objective.revision == revision + 1

    objective = parameters.objective
    bad: list[Parameter[Any]] = [Parameter("sampler.candidates", value=9), Parameter("posture.weight", value=math.nan)]
    assert not node.set_parameters_atomically(bad).successful
    assert parameters.objective is objective
    assert node.get_parameter("sampler.candidates").value == 3


def test_every_parameter_is_described(node: LiveNode, parameters: ObjectiveParameters) -> None:
    for spec in SCHEMA.specs:
        described = node.describe_parameter(spec.name)
        assert described.description == spec.text
        shown = [*described.floating_point_range, *described.integer_range]
        if spec.range is not None and not isinstance(spec.default, tuple):
            assert [(bounds.from_value, bounds.to_value) for bounds in shown] == [spec.range]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"posture__weight": "much"}, r"posture\.weight: expected a number"),
        ({"range__lower": [1.5] * 12}, r"range\.lower\[0\]: expected at most upper\[0\]"),
        ({"postures__weight": 1.0, "posture__wieght": 1.0}, r"^posture\.wieght: .* \(did you mean posture.weight\?\)$"),
        ({"energy__weight": 1.0}, r"energy\.weight: .* needs a network for energy"),
    ],
)
def test_a_start_with_impossible_parameters_fails(make_node: MakeNode, overrides: dict[str, Any], message: str) -> None:
    node = make_node(**overrides)
    with pytest.raises(ObjectiveError, match=message):
        ObjectiveParameters(node, SCHEMA)


def test_the_executor_has_the_controllers_own_defaults(make_node: MakeNode) -> None:
    read = ExecutorParameters.declare(make_node(network_interface="lo"))
    assert (read.network_interface, read.domain_id, read.controller) == ("lo", 0, ControllerConfig())


def test_executor_parameters_reach_the_controller(make_node: MakeNode) -> None:
    node = make_node(network_interface="lo", domain_id=7, robot_timeout_s=9, grace_ticks=5)
    read = ExecutorParameters.declare(node)
    assert (read.domain_id, read.robot_timeout_s) == (7, 9.0)
    assert read.controller.grace_ticks == 5


def test_executor_parameters_need_a_restart(make_node: MakeNode) -> None:
    node = make_node(network_interface="lo")
    ExecutorParameters.declare(node)
    for name in ("network_interface", *(spec.name for spec in (*CONNECTION, *CONTROLLER))):
        (result,) = node.set_parameters([node.get_parameter(name)])
        assert "read-only" in result.reason


def test_no_interface_is_said_plainly(node: LiveNode) -> None:
    with pytest.raises(ParameterError, match="network_interface: expected a value, got none"):
        ExecutorParameters.declare(node)


@pytest.mark.parametrize(
    ("name", "value"),
    [("grace_ticks", -1), ("tilt_limit_deg", 170.0), ("command_timeout_s", math.nan)],
)
def test_the_executor_refuses_wrong_values(make_node: MakeNode, name: str, value: Any) -> None:
    with pytest.raises((ParameterError, ParameterException), match=name):
        ExecutorParameters.declare(make_node(network_interface="lo", **{name: value}))


def test_limits_of_a_walk_are_in_force_when_the_call_returns(make_node: MakeNode, go2: JointSpec) -> None:
    node, applied = make_node(joint_upper=[*JOINT_UPPER[:11], -1.5]), list[WalkLimits]()
    WalkLimitParameters(node, go2, applied.append)
    assert applied[-1].joint_upper == (*JOINT_UPPER[:11], -1.5)
    assert answer(node, "command_limit", ["0.5", "0", "1"]).successful
    assert applied[-1].command_limit == (0.5, 0.0, 1.0)
    assert node.get_parameter("command_limit").value == [0.5, 0.0, 1.0]
    both = {"joint_lower": [*LIMITS.lower[:11], -1.4], "joint_upper": [*JOINT_UPPER[:11], -1.2]}
    assert node.set_parameters_atomically([Parameter(name, value=value) for name, value in both.items()]).successful
    assert (applied[-1].joint_lower[11], applied[-1].joint_upper[11]) == (-1.4, -1.2)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("joint_lower", [0.0] * 12, "joint_lower: expected less than joint_upper of FR_calf_joint, -0.83776, got 0"),
        ("joint_upper", [1.0, 4.0] + 10 * [0.0], "joint_upper: expected -1.5708 to 3.4907 for FR_thigh_joint, got 4"),
        ("joint_upper", [math.nan] * 12, "joint_upper: expected a number"),
        ("command_limit", [1.0], "command_limit: expected 3 values, got 1"),
        ("limits", 1.0, "limits"),
    ],
)
def test_impossible_limits_of_a_walk_change_nothing(
    make_node: MakeNode, go2: JointSpec, name: str, value: Any, reason: str
) -> None:
    node, applied = make_node(), list[WalkLimits]()
    WalkLimitParameters(node, go2, applied.append)
    good = Parameter("command_limit", value=[0.1, 0.1, 0.1])
    result = node.set_parameters_atomically([good, Parameter(name, value=value)])
    assert not result.successful
    assert reason in result.reason
    assert applied == [WalkLimits.of(go2)]
    assert node.get_parameter("command_limit").value == list(WalkLimits.command_limit)


def test_an_executor_does_not_start_with_impossible_limits(make_node: MakeNode, go2: JointSpec) -> None:
    node = make_node(joint_upper=[4.0] * 12)
    with pytest.raises(ParameterError, match=r"joint_upper: expected -1.0472 to 1.0472 for FR_hip_joint"):
        WalkLimitParameters(node, go2, lambda limits: None)


@pytest.mark.parametrize(
    ("file", "specs", "texts"),
    [("planner.yaml", [*SCHEMA.specs, THREADS], {"model"}), ("executor.yaml", [*CONTROLLER, *WALK_LIMITS], set())],
)
def test_parameter_files_hold_known_names_and_good_values(file: str, specs: list[Any], texts: set[str]) -> None:
    values = read_parameter_file(CONFIG / file)
    known = {spec.name: spec for spec in specs}
    assert values.keys() <= known.keys() | texts
    for name in values.keys() - texts:
        known[name].parse(values[name])
