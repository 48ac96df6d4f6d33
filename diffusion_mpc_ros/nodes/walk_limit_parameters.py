"""The executor's limits of a walk as live ROS parameters."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.parameter import Parameter

from diffusion_mpc_ros.execution.walk_limits import WalkLimits
from diffusion_mpc_ros.nodes.live_node import LiveNode
from diffusion_mpc_ros.nodes.parameters import ParameterError, meant, read
from diffusion_mpc_ros.planning.parameters import ANGLE_RANGE, ParameterSpec
from diffusion_mpc_ros.robot.spec import LIMITS
from diffusion_mpc_ros.safety.joint_spec import JointSpec

WALK_LIMITS = (
    ParameterSpec(
        "joint_lower",
        LIMITS.lower,
        "Least joint targets of a walk, whatever is planned; in motor order, rad",
        ANGLE_RANGE,
    ),
    ParameterSpec(
        "joint_upper", LIMITS.upper, "Greatest joint targets of a walk, whatever is planned, rad", ANGLE_RANGE
    ),
    ParameterSpec(
        "command_limit",
        WalkLimits.command_limit,
        "Largest v_x, v_y (m/s) and yaw rate (rad/s) taken from an operator",
        (0.0, 3.0),
    ),
)


class WalkLimitParameters:
    """Declares the limits; a set call is judged as a whole, and what it changes is in force at the next tick.

    Args:
        node: the executor's.
        spec: limits lie within the range of its joints.
        apply: puts limits in force.

    Raises:
        ParameterError: the node was started with limits that are none; the text names them.
    """

    def __init__(self, node: LiveNode, spec: JointSpec, apply: Callable[[WalkLimits], None]) -> None:
        self._node, self._spec, self._apply = node, spec, apply
        self._specs = {spec.name: spec for spec in WALK_LIMITS}
        try:
            self._limits = WalkLimits(**read(node, WALK_LIMITS))
            self._limits.check_within(spec)
        except ValueError as error:
            raise ParameterError(str(error)) from error
        apply(self._limits)
        node.judge_by(self._judge)

    def _judge(self, changes: list[Parameter]) -> SetParametersResult:
        """Store what ROS and the limits agree to, or nothing."""
        try:
            strangers = [change.name for change in changes if not self._node.has_parameter(change.name)]
            if strangers:
                raise ValueError(f"{strangers[0]}: expected a parameter of {self._node.get_name()}")
            values = {change.name: self._parse(change) for change in changes if change.name in self._specs}
            limits = replace(self._limits, **values)
            limits.check_within(self._spec)
        except ValueError as error:
            return SetParametersResult(successful=False, reason=str(error))
        others = [change for change in changes if change.name not in values]
        result = self._node.store([*others, *(Parameter(name, value=list(value)) for name, value in values.items())])
        if result.successful:
            self._limits = limits
            self._apply(limits)
        return result

    def _parse(self, change: Parameter) -> Any:
        spec = self._specs[change.name]
        try:
            return spec.parse(meant(change.value, spec))
        except ValueError as error:
            raise ValueError(f"{change.name}: {error}") from error
