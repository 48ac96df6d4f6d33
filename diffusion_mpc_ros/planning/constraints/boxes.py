"""Bounds on single columns: joint positions, of all joints or of one leg, and joint velocities."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from diffusion_mpc_ros.planning.arrays import check_order, read_only
from diffusion_mpc_ros.planning.constraints.limits import Limits
from diffusion_mpc_ros.planning.parameters import ANGLE_RANGE, parameter
from diffusion_mpc_ros.planning.trajectory import (
    ACTION,
    JOINT_POSITION,
    JOINT_VELOCITY,
    LEGS,
    NUM_JOINTS,
    SEGMENTS,
    WIDTH,
    joint_indices,
)

SPEED_RANGE = (0.0, 100.0)
"""Sanity bounds of a joint speed limit, rad/s."""


def position_limits(joints: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> Limits:
    """Bounds on measured positions and position targets alike (section V-B2).

    Args:
        joints: (n,) indices of joints.
        lower: (H, n) or (1, n), rad.
        upper: of the same shape, rad.
    """
    low, high = np.full((len(lower), WIDTH), -np.inf), np.full((len(upper), WIDTH), np.inf)
    for columns in (JOINT_POSITION, ACTION):
        low[:, columns.start + joints], high[:, columns.start + joints] = lower, upper
    return Limits(low, high)


@dataclass(frozen=True, eq=False)
class JointPositionBox:
    """lower <= q_t <= upper, for measured positions and position targets alike (section V-B2), rad.

    Raises:
        ValueError: a lower bound above its upper bound.
    """

    name: ClassVar[str] = "joint_position"
    text: ClassVar[str] = "Keep planned joint positions and targets within the limits"

    lower: np.ndarray = field(metadata=parameter("Lower joint position limits, rad, in joint order", ANGLE_RANGE))
    upper: np.ndarray = field(metadata=parameter("Upper joint position limits, rad, in joint order", ANGLE_RANGE))

    def __post_init__(self) -> None:
        for bound in ("lower", "upper"):
            object.__setattr__(self, bound, read_only(bound, getattr(self, bound), (NUM_JOINTS,), np.float64))
        check_order(self.lower, self.upper)

    def limits(self, horizon: int) -> Limits:
        return position_limits(joint_indices(), self.lower[None], self.upper[None])


@dataclass(frozen=True, eq=False)
class LegBox:
    """lower <= q_t <= upper for the joints of one leg, positions and targets alike, rad.

    Raises:
        ValueError: a lower bound above its upper bound.
    """

    name: ClassVar[str]
    text: ClassVar[str]
    leg: ClassVar[str]

    lower: np.ndarray = field(metadata=parameter("Lower position limits of hip, thigh and calf, rad", ANGLE_RANGE))
    upper: np.ndarray = field(metadata=parameter("Upper position limits of hip, thigh and calf, rad", ANGLE_RANGE))

    def __post_init__(self) -> None:
        for bound in ("lower", "upper"):
            object.__setattr__(self, bound, read_only(bound, getattr(self, bound), (len(SEGMENTS),), np.float64))
        check_order(self.lower, self.upper)

    def limits(self, horizon: int) -> Limits:
        return position_limits(joint_indices((self.leg,)), self.lower[None], self.upper[None])


def _box_of(leg: str) -> type[LegBox]:
    text = f"Keep planned positions and targets of the {leg} leg within the limits"
    return type(f"LegBox{leg}", (LegBox,), {"name": f"leg_{leg}", "text": text, "leg": leg})


LEG_BOXES = tuple(_box_of(leg) for leg in LEGS)
"""One for each leg, in the order of LEGS."""


@dataclass(frozen=True, eq=False)
class JointVelocityBox:
    """|dq_t| <= limit (section V-B4), rad/s.

    Raises:
        ValueError: a negative limit.
    """

    name: ClassVar[str] = "joint_velocity"
    text: ClassVar[str] = "Keep planned joint speeds within the limit"

    limit: np.ndarray = field(metadata=parameter("Joint speed limits, rad/s, in joint order", SPEED_RANGE))

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", read_only("limit", self.limit, (NUM_JOINTS,), np.float64))
        if np.any(self.limit < 0.0):
            raise ValueError(f"limit: expected no negative number, got {self.limit.min():g}")

    def limits(self, horizon: int) -> Limits:
        upper = np.full((1, WIDTH), np.inf)
        upper[:, JOINT_VELOCITY] = self.limit
        return Limits(-upper, upper)
