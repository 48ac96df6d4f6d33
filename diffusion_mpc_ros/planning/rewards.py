"""Analytic reward terms of section V-B and their composition (section IV-B).

Every term is a value and its closed-form gradient, on trajectories tau (M, H, 57) in physical units. A term's
gradient is given for the columns it reads, ``columns``; it is zero elsewhere.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np

from diffusion_mpc_ros.planning.arrays import check_order, read_only
from diffusion_mpc_ros.planning.parameters import ANGLE_RANGE, parameter
from diffusion_mpc_ros.planning.trajectory import (
    DT,
    GRAVITY,
    JOINT_POSITION,
    JOINT_VELOCITY,
    NUM_JOINTS,
    WIDTH,
)

ALL_JOINTS: Any = (True,) * NUM_JOINTS
LEVEL: Any = (0.0, 0.0, -1.0)
"""Gravity in the body frame of a level trunk."""
MIN_NORM = 0.1
"""Gravity is a unit vector in the data, but a noisy sample may pass near zero, where it has no direction: below
this norm its direction fades to zero instead of its gradient to infinity."""


class RewardTerm(Protocol):
    """One R_i(tau). Its dataclass fields are its parameters (see ``parameters.py``)."""

    name: ClassVar[str]
    """Group of its parameters."""
    text: ClassVar[str]
    """What its weight buys, for the operator."""
    columns: ClassVar[slice]
    """Columns of a trajectory that it reads."""

    def value(self, tau: np.ndarray) -> np.ndarray:
        """(M,) reward of trajectories (M, H, 57)."""
        ...

    def gradient(self, tau: np.ndarray) -> np.ndarray:
        """(M, H, width of ``columns``) derivative of ``value`` by these columns."""
        ...


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

    def value(self, tau: np.ndarray) -> np.ndarray:
        return -_sum_of_squares(self._error(tau)) / tau.shape[1]

    def gradient(self, tau: np.ndarray) -> np.ndarray:
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

    def value(self, tau: np.ndarray) -> np.ndarray:
        return -_sum_of_squares(self._excess(tau)) / tau.shape[1]

    def gradient(self, tau: np.ndarray) -> np.ndarray:
        return self._excess(tau) * (-2.0 / tau.shape[1])


@dataclass(frozen=True)
class JointVelocity:
    """Slow joints: -sum_t ||dq_t||^2 (section V-B4), (rad/s)^2; the paper's lambda_v is the weight."""

    name: ClassVar[str] = "joint_velocity"
    text: ClassVar[str] = "Weight of the penalty on joint speed, s^2/rad^2"
    columns: ClassVar[slice] = JOINT_VELOCITY

    def value(self, tau: np.ndarray) -> np.ndarray:
        return -_sum_of_squares(tau[..., self.columns])

    def gradient(self, tau: np.ndarray) -> np.ndarray:
        return -2.0 * tau[..., self.columns]


@dataclass(frozen=True)
class JointAcceleration:
    """Steady joints: -sum_t ||(dq_t - dq_{t-1}) / dt||^2 (section V-B4), (rad/s^2)^2; lambda_a is the weight."""

    name: ClassVar[str] = "joint_acceleration"
    text: ClassVar[str] = "Weight of the penalty on joint acceleration, s^4/rad^2"
    columns: ClassVar[slice] = JOINT_VELOCITY

    def value(self, tau: np.ndarray) -> np.ndarray:
        return -_sum_of_squares(np.diff(tau[..., self.columns], axis=1)) / DT**2

    def gradient(self, tau: np.ndarray) -> np.ndarray:
        change = np.diff(tau[..., self.columns], axis=1) * (2.0 / DT**2)  # (M, H - 1, 12)
        return _spread_difference(-change)


@dataclass(frozen=True, eq=False)
class Align:
    """Trunk orientation: -1/H sum_t (1 - g_t . direction), g normalised (section V-B5); 0 when aligned, -2 opposed.

    Raises:
        ValueError: a direction too short to be one.
    """

    name: ClassVar[str] = "align"
    text: ClassVar[str] = "Weight of the alignment of gravity with align.direction"
    columns: ClassVar[slice] = GRAVITY

    direction: np.ndarray = field(
        default=LEVEL,
        metadata=parameter("Wanted direction of gravity in the body frame; level is (0, 0, -1)", (-1.0, 1.0)),
    )

    def __post_init__(self) -> None:
        direction = read_only("direction", self.direction, (3,))
        norm = np.linalg.norm(direction)
        if norm < MIN_NORM:
            raise ValueError(f"direction: expected a vector of length {MIN_NORM} or more, got length {norm:g}")
        object.__setattr__(self, "direction", read_only("direction", direction / norm, (3,)))

    def value(self, tau: np.ndarray) -> np.ndarray:
        unit, _ = _unit(tau[..., self.columns])
        return np.mean(unit @ self.direction, axis=1) - 1.0

    def gradient(self, tau: np.ndarray) -> np.ndarray:
        unit, norm = _unit(tau[..., self.columns])
        return _through_unit(self.direction / tau.shape[1], unit, norm)


@dataclass(frozen=True)
class Smooth:
    """Quiet trunk: -sum_t ||g_t - g_{t-1}||_1, g normalised (section V-B5); lambda_tv is the weight."""

    name: ClassVar[str] = "smooth"
    text: ClassVar[str] = "Weight of the penalty on changes of the trunk's orientation (total variation)"
    columns: ClassVar[slice] = GRAVITY

    def value(self, tau: np.ndarray) -> np.ndarray:
        unit, _ = _unit(tau[..., self.columns])
        return -np.abs(np.diff(unit, axis=1)).sum(axis=(1, 2))

    def gradient(self, tau: np.ndarray) -> np.ndarray:
        unit, norm = _unit(tau[..., self.columns])
        return _through_unit(_spread_difference(-np.sign(np.diff(unit, axis=1))), unit, norm)


@dataclass(frozen=True)
class CompositeReward:
    """R(tau) = sum_i alpha_i R_i(tau) (section IV-B).

    Attributes:
        terms: pairs (alpha_i, R_i); those of weight zero are dropped, and the reward is false when none is left.
    """

    terms: tuple[tuple[float, RewardTerm], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple((weight, term) for weight, term in self.terms if weight != 0.0))

    def __bool__(self) -> bool:
        return bool(self.terms)

    def value(self, tau: np.ndarray) -> np.ndarray:
        """(M,) reward of trajectories (M, H, 57)."""
        total = np.zeros(tau.shape[0], tau.dtype)
        for weight, term in self.terms:
            total += weight * term.value(tau)
        return total

    def gradient(self, tau: np.ndarray) -> np.ndarray:
        """(M, H, 57) derivative of ``value`` by the trajectories."""
        total = np.zeros((*tau.shape[:2], WIDTH), tau.dtype)
        for weight, term in self.terms:
            total[..., term.columns] += weight * term.gradient(tau)
        return total


def _sum_of_squares(x: np.ndarray) -> np.ndarray:
    return np.einsum("mtj,mtj->m", x, x)


def _spread_difference(slope: np.ndarray) -> np.ndarray:
    """Derivative by x_t from the derivative (M, H - 1, n) by the differences x_t - x_{t-1}: (M, H, n)."""
    gradient = np.zeros((slope.shape[0], slope.shape[1] + 1, slope.shape[2]), slope.dtype)
    gradient[:, 1:] += slope
    gradient[:, :-1] -= slope
    return gradient


def _unit(g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    norm = np.maximum(np.linalg.norm(g, axis=-1, keepdims=True), MIN_NORM)
    return g / norm, norm


def _through_unit(slope: np.ndarray, unit: np.ndarray, norm: np.ndarray) -> np.ndarray:
    """Derivative by g from the derivative by its direction: (I - u u^T) slope / ||g||."""
    radial = np.sum(slope * unit, axis=-1, keepdims=True)
    return (slope - radial * unit) / norm
