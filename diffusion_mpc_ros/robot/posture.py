"""What a robot's state says of its posture: whether its motors may change hands."""

import math

from diffusion_mpc_ros.planning.observation import projected_gravity
from diffusion_mpc_ros.planning.trajectory import joint_indices
from diffusion_mpc_ros.robot.state import RobotState

LEVEL_DEG = 30.0
"""Tilt up to which the trunk counts as level, degrees: steeper than any ground the robot is laid on."""
FOLDED_CALF = -2.3
"""Calf angle below which a leg counts as folded, rad. Such a leg is at most 0.17 m long: a trunk that it carried would
sink by less than 0.1 m. Standing, calves are at -1.5; lying, at -2.65."""

_CALVES = joint_indices(segments=("calf",))


def tilt_deg(state: RobotState) -> float:
    """Angle between the trunk's vertical axis and the world's, degrees."""
    return math.degrees(math.acos(min(max(-projected_gravity(state.quaternion)[2], -1.0), 1.0)))


def is_level(state: RobotState) -> bool:
    """Whether the trunk is upright: the robot neither fell nor was put on its side."""
    return tilt_deg(state) < LEVEL_DEG


def is_lying(state: RobotState) -> bool:
    """Whether the trunk is level with all four legs folded: nothing drops when the motors go slack."""
    return is_level(state) and bool((state.q[_CALVES] < FOLDED_CALF).all())
