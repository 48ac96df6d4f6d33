"""Reward terms on how work is shared among the legs, beyond the paper: whom to spare, not how much there is to do."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from diffusion_mpc_ros.planning.arrays import read_only
from diffusion_mpc_ros.planning.parameters import ANGLE_RANGE, parameter
from diffusion_mpc_ros.planning.rewards.term import joint_mask
from diffusion_mpc_ros.planning.trajectory import JOINT_POSITION, JOINT_VELOCITY, NUM_JOINTS, joint_indices

REAR_LEGS: Any = tuple(bool(joint in joint_indices(("RR", "RL"))) for joint in range(NUM_JOINTS))
VELOCITY_FLOOR = 1.0
"""Total squared joint velocity at which shares count half, (rad/s)^2: walking has tens to hundreds, standing almost
none, and whose share of almost nothing is large says little but has a steep gradient."""
POSTURE_FLOOR = 0.05
"""The same of the total squared excursion, rad^2: 4 degrees in every joint."""


@dataclass(frozen=True, eq=False)
class LegVelocityShare:
    """Rest for some legs: -1/H sum_t (squared velocity of the chosen joints / (that of all + VELOCITY_FLOOR)), 0 to -1.

    All joints may move as fast as they like; the others should do more of it.
    """

    name: ClassVar[str] = "leg_velocity_share"
    text: ClassVar[str] = "Weight of the penalty on the chosen joints' share of the squared joint velocity"
    columns: ClassVar[slice] = JOINT_VELOCITY

    mask: np.ndarray = field(default=REAR_LEGS, metadata=parameter("Which joints are to move less, in joint order"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", joint_mask(self.mask))

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        share, _ = _share(tau[..., self.columns], self.mask, VELOCITY_FLOOR)
        return -np.mean(share, axis=1)

    def gradient(self, tau: np.ndarray, k: int) -> np.ndarray:
        _, slope = _share(tau[..., self.columns], self.mask, VELOCITY_FLOOR)
        return slope * (-1.0 / tau.shape[1])


@dataclass(frozen=True, eq=False)
class LegPostureShare:
    """Calm for some legs: the same of the squared excursion ||q_t - target||^2, with POSTURE_FLOOR, 0 to -1."""

    name: ClassVar[str] = "leg_posture_share"
    text: ClassVar[str] = "Weight of the penalty on the chosen joints' share of the squared excursion from the target"
    columns: ClassVar[slice] = JOINT_POSITION

    target: np.ndarray = field(
        metadata=parameter("Joint positions that excursions are from, rad, in joint order", ANGLE_RANGE)
    )
    mask: np.ndarray = field(default=REAR_LEGS, metadata=parameter("Which joints are to stay closer, in joint order"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", read_only("target", self.target, (NUM_JOINTS,)))
        object.__setattr__(self, "mask", joint_mask(self.mask))

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        share, _ = _share(tau[..., self.columns] - self.target, self.mask, POSTURE_FLOOR)
        return -np.mean(share, axis=1)

    def gradient(self, tau: np.ndarray, k: int) -> np.ndarray:
        _, slope = _share(tau[..., self.columns] - self.target, self.mask, POSTURE_FLOOR)
        return slope * (-1.0 / tau.shape[1])


def _share(x: np.ndarray, mask: np.ndarray, floor: float) -> tuple[np.ndarray, np.ndarray]:
    """s = ||mask x||^2 / n with n = ||x||^2 + floor, (M, H), and its derivative 2 x (mask - s) / n, (M, H, 12)."""
    squares = x * x
    total = squares.sum(axis=-1, keepdims=True)
    total += floor
    squares *= mask
    share = squares.sum(axis=-1, keepdims=True)
    share /= total
    slope = mask - share
    slope *= 2.0 / total
    slope *= x
    return share[..., 0], slope
