"""What every column of a trajectory means: the only place that knows.

A trajectory tau (section III of the paper) has one row per control tick and 57 columns: the 45-value
observation o_t (section V-A) followed by the action a_t. Columns carry physical units everywhere in this
package; only the denoiser sees normalised values (see ``normalization.py``).

An action is a joint position target in rad for the PD controller. Joints are in the SDK's order.
"""

from dataclasses import dataclass

import numpy as np

DT = 0.02
"""Control period in s (50 Hz, section V-A)."""

LEGS = ("FR", "FL", "RR", "RL")
SEGMENTS = ("hip", "thigh", "calf")
JOINT_NAMES = tuple(f"{leg}_{segment}_joint" for leg in LEGS for segment in SEGMENTS)
"""Joints in the order of the SDK's motor array, with the names of the robot's description."""

NUM_JOINTS = len(JOINT_NAMES)

ANGULAR_VELOCITY = slice(0, 3)
"""omega: trunk angular velocity, rad/s, body frame."""
GRAVITY = slice(3, 6)
"""g: unit vector of gravity in the body frame; level is (0, 0, -1)."""
COMMAND = slice(6, 9)
"""v^cmd: commanded v_x, v_y in m/s and yaw rate in rad/s, body frame."""
JOINT_POSITION = slice(9, 21)
"""q: joint positions, rad."""
JOINT_VELOCITY = slice(21, 33)
"""dq: joint velocities, rad/s."""
PREVIOUS_ACTION = slice(33, 45)
"""a_{t-1}: the joint position target of the tick before, rad."""
STATE = slice(0, 45)
"""s_t = o_t."""
ACTION = slice(45, 57)
"""a_t: joint position target, rad."""

STATE_DIM = 45
ACTION_DIM = NUM_JOINTS
WIDTH = STATE_DIM + ACTION_DIM

STATE_NAMES = (
    *(f"angular_velocity.{axis}" for axis in "xyz"),
    *(f"gravity.{axis}" for axis in "xyz"),
    "command.v_x",
    "command.v_y",
    "command.yaw_rate",
    *(f"position.{joint}" for joint in JOINT_NAMES),
    *(f"velocity.{joint}" for joint in JOINT_NAMES),
    *(f"previous_action.{joint}" for joint in JOINT_NAMES),
)
COLUMN_NAMES = (*STATE_NAMES, *(f"action.{joint}" for joint in JOINT_NAMES))


@dataclass(frozen=True)
class RobotSetup:
    """What the columns mean on one robot beside their units: by another setup the same actions are other motions."""

    kp: float
    """Proportional gain of the PD controller, N m/rad."""
    kd: float
    """Derivative gain, N m s/rad."""
    stand_pose: tuple[float, ...]
    """Nominal standing pose in joint order, 12 values, rad."""


@dataclass(frozen=True)
class RobotLimits:
    """What a robot can do and how it stands, 12 values each in joint order."""

    lower: tuple[float, ...]
    """Mechanical position limits, rad."""
    upper: tuple[float, ...]
    velocity: tuple[float, ...]
    """Speed limits, rad/s."""
    stand_pose: tuple[float, ...]
    """rad."""


def joint_indices(legs: tuple[str, ...] = LEGS, segments: tuple[str, ...] = SEGMENTS) -> np.ndarray:
    """Indices into the twelve joints of the given legs and segments, in joint order."""
    return np.array(
        [
            LEGS.index(leg) * len(SEGMENTS) + SEGMENTS.index(segment)
            for leg in LEGS
            for segment in SEGMENTS
            if leg in legs and segment in segments
        ],
        dtype=np.intp,
    )
