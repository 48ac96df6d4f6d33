"""The Unitree Go2 in numbers. Joints in the SDK's order (FR, FL, RR, RL x hip, thigh, calf).

Source of limits: the manufacturer's public robot description (go2_description URDF).
"""

import numpy as np

from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES, NUM_JOINTS, RobotLimits, RobotSetup
from diffusion_mpc_ros.safety.joint_spec import JointSpec


def _read_only(values: list[float]) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    array.setflags(write=False)
    return array


KP = 40.0
"""Proportional gain, N m/rad (paper, section V-A)."""
KD = 1.0
"""Derivative gain, N m s/rad (paper, section V-A)."""

_FRONT_LOWER, _FRONT_UPPER = [-1.0472, -1.5708, -2.7227], [1.0472, 3.4907, -0.83776]
_REAR_LOWER, _REAR_UPPER = [-1.0472, -0.5236, -2.7227], [1.0472, 4.5379, -0.83776]

JOINT_LOWER = _read_only(2 * _FRONT_LOWER + 2 * _REAR_LOWER)
"""Mechanical lower joint limits, rad."""
JOINT_UPPER = _read_only(2 * _FRONT_UPPER + 2 * _REAR_UPPER)
"""Mechanical upper joint limits, rad."""
TORQUE_LIMIT = _read_only(4 * [23.7, 23.7, 45.43])
"""Peak joint torques, N m."""
VELOCITY_LIMIT = _read_only(4 * [30.1, 30.1, 15.7])
"""Peak joint speeds, rad/s."""

STAND_POSE = _read_only([-0.1, 0.8, -1.5, 0.1, 0.8, -1.5, -0.1, 1.0, -1.5, 0.1, 1.0, -1.5])
"""Nominal standing pose, rad: the pose that actions of the demonstrator are offsets from."""
LIE_POSE = _read_only([-0.2, 1.25, -2.65, 0.2, 1.25, -2.65, -0.2, 1.25, -2.65, 0.2, 1.25, -2.65])
"""Folded pose in which the trunk rests on the ground, rad."""

JOINTS = JointSpec(JOINT_LOWER, JOINT_UPPER, TORQUE_LIMIT, VELOCITY_LIMIT, STAND_POSE, LIE_POSE, KP, KD)
"""All of them, for execution."""
SETUP = RobotSetup(KP, KD, tuple(STAND_POSE.tolist()))
"""What a model of this robot has to agree with."""
LIMITS = RobotLimits(*(tuple(a.tolist()) for a in (JOINT_LOWER, JOINT_UPPER, VELOCITY_LIMIT, STAND_POSE)))
"""Defaults of what an operator may ask of this robot."""

__all__ = [
    "JOINTS",
    "JOINT_LOWER",
    "JOINT_NAMES",
    "JOINT_UPPER",
    "KD",
    "KP",
    "LIE_POSE",
    "LIMITS",
    "NUM_JOINTS",
    "SETUP",
    "STAND_POSE",
    "TORQUE_LIMIT",
    "VELOCITY_LIMIT",
]
