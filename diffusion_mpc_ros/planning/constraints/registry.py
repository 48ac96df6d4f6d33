"""Every constraint that an operator can switch on."""

from diffusion_mpc_ros.planning.constraints.boxes import LEG_BOXES, JointPositionBox, JointVelocityBox
from diffusion_mpc_ros.planning.constraints.limits import Constraint
from diffusion_mpc_ros.planning.constraints.linear import LinearRows
from diffusion_mpc_ros.planning.constraints.rate import ActionRate
from diffusion_mpc_ros.planning.constraints.timed import TimedPositionBox
from diffusion_mpc_ros.planning.parameters import Value
from diffusion_mpc_ros.planning.trajectory import DT, LEGS, RobotLimits, joint_indices

CONSTRAINTS: tuple[type[Constraint], ...] = (
    JointPositionBox,
    *LEG_BOXES,
    TimedPositionBox,
    JointVelocityBox,
    LinearRows,
    ActionRate,
)
ON_BY_DEFAULT = frozenset({JointPositionBox.name})
"""The mechanical limits hold for every plan; what else is kept is the operator's choice."""


def defaults(robot: RobotLimits) -> dict[str, Value]:
    """Values of limits that are data of the robot, by full parameter name."""
    values: dict[str, Value] = {
        "constraints.joint_velocity.limit": robot.velocity,
        "constraints.action_rate.limit": tuple(speed * DT for speed in robot.velocity),
    }
    for bound, limit in (("lower", robot.lower), ("upper", robot.upper)):
        values[f"constraints.joint_position.{bound}"] = limit
        values[f"constraints.timed_position.{bound}_start"] = limit
        values[f"constraints.timed_position.{bound}_end"] = limit
        for leg in LEGS:
            values[f"constraints.leg_{leg}.{bound}"] = tuple(limit[joint] for joint in joint_indices((leg,)))
    return values
