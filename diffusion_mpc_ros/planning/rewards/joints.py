"""Reward terms on joint positions, velocities and accelerations (sections V-B2, V-B4)."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from diffusion_mpc_ros.planning.arrays import check_order, read_only
from diffusion_mpc_ros.planning.parameters import ANGLE_RANGE, parameter
from diffusion_mpc_ros.planning.rewards.term import spread_difference, sum_of_squares
from diffusion_mpc_ros.planning.trajectory import DT, JOINT_POSITION, JOINT_VELOCITY, NUM_JOINTS

ALL_JOINTS: Any = (True,) * NUM_JOINTS


@dataclass(frozen=True, eq=False)
class Posture:
    """Attraction to a posture: -1/H sum_t ||q_t - target||^2 over the chosen joints (section V-B2), rad^2."""

    name: ClassVar[str] = "posture"
    text: ClassVar[str] = "Weight of the attraction to posture.target, 1/rad^2"
    columns: ClassVar[slice] = JOINT_POSITION

    target: np.ndarray = field(
        metadata=parameter("Joint positions to be attracted to, rad, in joint order", ANGLE_RANGE)
    )
    mask: np.ndarray = field(default=ALL_JOINTS, metadata=parameter("Which joints are attracted, in joint order"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", read_only("target", self.target, (NUM_JOINTS,)))
        object.__setattr__(self, "mask", read_only("mask", self.mask, (NUM_JOINTS,), np.bool_))

    def _error(self, tau: np.ndarray) -> np.ndarray:
        return (tau[..., self.columns] - self.target) * self.mask

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -sum_of_squares(self._error(tau)) / tau.shape[1]

    def gradient(self, tau: np.ndarray, k: int) -> np.ndarray:
        return self._error(tau) * (-2.0 / tau.shape[1])


@dataclass(frozen=True, eq=False)
class Range:
    """Soft joint range: -1/H sum_t (||[q_t - upper]_+||^2 + ||[lower - q_t]_+||^2) (section V-B2), rad^2.

    Raises:
        ValueError: a lower bound above its upper bound.
    """

    name: ClassVar[str] = "range"
    text: ClassVar[str] = "Weight of the penalty outside of [range.lower, range.upper], 1/rad^2"
    columns: ClassVar[slice] = JOINT_POSITION

    lower: np.ndarray = field(
        metadata=parameter("Lower end of the preferred joint range, rad, in joint order", ANGLE_RANGE)
    )
    upper: np.ndarray = field(
        metadata=parameter("Upper end of the preferred joint range, rad, in joint order", ANGLE_RANGE)
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "lower", read_only("lower", self.lower, (NUM_JOINTS,)))
        object.__setattr__(self, "upper", read_only("upper", self.upper, (NUM_JOINTS,)))
        check_order(self.lower, self.upper)

    def _excess(self, tau: np.ndarray) -> np.ndarray:
        q = tau[..., self.columns]
        return np.maximum(q - self.upper, 0.0) - np.maximum(self.lower - q, 0.0)

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -sum_of_squares(self._excess(tau)) / tau.shape[1]

    def gradient(self, tau: np.ndarray, k: int) -> np.ndarray:
        return self._excess(tau) * (-2.0 / tau.shape[1])


@dataclass(frozen=True)
class JointVelocity:
    """Slow joints: -sum_t ||dq_t||^2 (section V-B4), (rad/s)^2; the paper's lambda_v is the weight."""

    name: ClassVar[str] = "joint_velocity"
    text: ClassVar[str] = "Weight of the penalty on joint speed, s^2/rad^2"
    columns: ClassVar[slice] = JOINT_VELOCITY

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -sum_of_squares(tau[..., self.columns])

    def gradient(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -2.0 * tau[..., self.columns]


@dataclass(frozen=True)
class JointAcceleration:
    """Steady joints: -sum_t ||(dq_t - dq_{t-1}) / dt||^2 (section V-B4), (rad/s^2)^2; lambda_a is the weight."""

    name: ClassVar[str] = "joint_acceleration"
    text: ClassVar[str] = "Weight of the penalty on joint acceleration, s^4/rad^2"
    columns: ClassVar[slice] = JOINT_VELOCITY

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -sum_of_squares(np.diff(tau[..., self.columns], axis=1)) / DT**2

    def gradient(self, tau: np.ndarray, k: int) -> np.ndarray:
        change = np.diff(tau[..., self.columns], axis=1) * (2.0 / DT**2)  # (M, H - 1, 12)
        return spread_difference(-change)
