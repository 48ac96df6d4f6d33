"""Reward terms on how work is shared among the legs, beyond the paper: whom to spare, not how much there is to do."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from diffusion_mpc_ros.planning.arrays import read_only
from diffusion_mpc_ros.planning.compiled import compiled
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

    mask: np.ndarray = field(default=REAR_LEGS, metadata=parameter("Which joints are to move less, in joint order"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", joint_mask(self.mask))

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -np.mean(_share(tau[..., JOINT_VELOCITY], self.mask, VELOCITY_FLOOR), axis=1)

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        scale = np.float32(-2.0 * weight / tau.shape[1])
        _add_share(tau.T[JOINT_VELOCITY], _REST, self.mask, np.float32(VELOCITY_FLOOR), scale, total.T[JOINT_VELOCITY])


@dataclass(frozen=True, eq=False)
class LegPostureShare:
    """Calm for some legs: the same of the squared excursion ||q_t - target||^2, with POSTURE_FLOOR, 0 to -1."""

    name: ClassVar[str] = "leg_posture_share"
    text: ClassVar[str] = "Weight of the penalty on the chosen joints' share of the squared excursion from the target"

    target: np.ndarray = field(
        metadata=parameter("Joint positions that excursions are from, rad, in joint order", ANGLE_RANGE)
    )
    mask: np.ndarray = field(default=REAR_LEGS, metadata=parameter("Which joints are to stay closer, in joint order"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", read_only("target", self.target, (NUM_JOINTS,)))
        object.__setattr__(self, "mask", joint_mask(self.mask))

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -np.mean(_share(tau[..., JOINT_POSITION] - self.target, self.mask, POSTURE_FLOOR), axis=1)

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        scale = np.float32(-2.0 * weight / tau.shape[1])
        _add_share(
            tau.T[JOINT_POSITION], self.target, self.mask, np.float32(POSTURE_FLOOR), scale, total.T[JOINT_POSITION]
        )


def _share(x: np.ndarray, mask: np.ndarray, floor: float) -> np.ndarray:
    """s = ||mask x||^2 / (||x||^2 + floor), (M, H)."""
    squares = x * x
    share: np.ndarray = (squares * mask).sum(axis=-1) / (squares.sum(axis=-1) + floor)
    return share


_REST = read_only("rest", np.zeros(NUM_JOINTS), (NUM_JOINTS,))


@compiled
def _add_share(
    x: np.ndarray, target: np.ndarray, mask: np.ndarray, floor: np.float32, scale: np.float32, total: np.ndarray
) -> None:
    """total += scale (x - target) (mask - s) / n with n = ||x - target||^2 + floor, of (n, H, M): half of s's slope."""
    joints, steps, count = x.shape
    n, s = np.empty(count, x.dtype), np.empty(count, x.dtype)
    for t in range(steps):
        n[:] = floor
        s[:] = np.float32(0.0)
        for j in range(joints):
            for m in range(count):
                square = (x[j, t, m] - target[j]) * (x[j, t, m] - target[j])
                n[m] += square
                s[m] += mask[j] * square
        for m in range(count):
            s[m] /= n[m]
            n[m] = scale / n[m]
        for j in range(joints):
            for m in range(count):
                total[j, t, m] += n[m] * (x[j, t, m] - target[j]) * (mask[j] - s[m])
