"""Reward terms on joint positions, velocities, accelerations and targets (sections V-B2, V-B4)."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from diffusion_mpc_ros.planning.arrays import check_order, read_only
from diffusion_mpc_ros.planning.compiled import compiled
from diffusion_mpc_ros.planning.parameters import ANGLE_RANGE, parameter
from diffusion_mpc_ros.planning.rewards.term import ALL_JOINTS, difference, joint_mask, sum_of_squares
from diffusion_mpc_ros.planning.trajectory import (
    ACTION,
    DT,
    JOINT_POSITION,
    JOINT_VELOCITY,
    NUM_JOINTS,
    PREVIOUS_ACTION,
)


@dataclass(frozen=True, eq=False)
class Posture:
    """Attraction to a posture: -1/H sum_t ||q_t - target||^2 over the chosen joints (section V-B2), rad^2."""

    name: ClassVar[str] = "posture"
    text: ClassVar[str] = "Weight of the attraction to posture.target, 1/rad^2"

    target: np.ndarray = field(
        metadata=parameter("Joint positions to be attracted to, rad, in joint order", ANGLE_RANGE)
    )
    mask: np.ndarray = field(default=ALL_JOINTS, metadata=parameter("Which joints are attracted, in joint order"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", read_only("target", self.target, (NUM_JOINTS,)))
        object.__setattr__(self, "mask", joint_mask(self.mask))

    def _error(self, tau: np.ndarray) -> np.ndarray:
        return (tau[..., JOINT_POSITION] - self.target) * self.mask

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -sum_of_squares(self._error(tau)) / tau.shape[1]

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        scale = np.float32(-2.0 * weight / tau.shape[1])
        _add_excess(tau.T[JOINT_POSITION], self.target, self.target, self.mask, scale, total.T[JOINT_POSITION])


@dataclass(frozen=True, eq=False)
class Range:
    """Soft joint range: -1/H sum_t (||[q_t - upper]_+||^2 + ||[lower - q_t]_+||^2) (section V-B2), rad^2.

    Raises:
        ValueError: a lower bound above its upper bound.
    """

    name: ClassVar[str] = "range"
    text: ClassVar[str] = "Weight of the penalty outside of [range.lower, range.upper], 1/rad^2"

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
        q = tau[..., JOINT_POSITION]
        return q - np.minimum(np.maximum(q, self.lower), self.upper)

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -sum_of_squares(self._excess(tau)) / tau.shape[1]

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        scale = np.float32(-2.0 * weight / tau.shape[1])
        _add_excess(tau.T[JOINT_POSITION], self.lower, self.upper, _EACH, scale, total.T[JOINT_POSITION])


@dataclass(frozen=True, eq=False)
class JointVelocity:
    """Slow joints: -sum_t ||dq_t||^2 over the chosen joints (section V-B4), (rad/s)^2; lambda_v is the weight."""

    name: ClassVar[str] = "joint_velocity"
    text: ClassVar[str] = "Weight of the penalty on joint speed, s^2/rad^2"

    mask: np.ndarray = field(default=ALL_JOINTS, metadata=parameter("Which joints are slowed, in joint order"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", joint_mask(self.mask))

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -sum_of_squares(tau[..., JOINT_VELOCITY] * self.mask)

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        _add_excess(tau.T[JOINT_VELOCITY], _REST, _REST, self.mask, np.float32(-2.0 * weight), total.T[JOINT_VELOCITY])


@dataclass(frozen=True, eq=False)
class JointAcceleration:
    """Steady joints: -sum_t ||(dq_t - dq_{t-1}) / dt||^2 over the chosen joints (section V-B4), (rad/s^2)^2.

    The sum begins with the step from s_0 to s_1; lambda_a is the weight.
    """

    name: ClassVar[str] = "joint_acceleration"
    text: ClassVar[str] = "Weight of the penalty on joint acceleration, s^4/rad^2"

    mask: np.ndarray = field(default=ALL_JOINTS, metadata=parameter("Which joints are steadied, in joint order"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", joint_mask(self.mask))

    def _change(self, tau: np.ndarray) -> np.ndarray:
        """(M, H - 1, 12) rad/s."""
        return difference(tau[..., JOINT_VELOCITY]) * self.mask

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -sum_of_squares(self._change(tau)) / DT**2

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        scale = np.float32(-2.0 * weight / DT**2)
        rates = tau.T[JOINT_VELOCITY]
        _add_change(rates, rates[:, 0], self.mask, scale, total.T[JOINT_VELOCITY])


@dataclass(frozen=True, eq=False)
class ActionRate:
    """Steady targets: -sum_t ||(a_t - a_{t-1}) / dt||^2 over the chosen joints, (rad/s)^2.

    The sum begins with the step to a_0 from a_{-1}, the target executed before the plan: it is measured (part of s_0),
    and a constant of the gradient. Without this step a plan could begin with a jump at no cost.
    """

    name: ClassVar[str] = "action_rate"
    text: ClassVar[str] = "Weight of the penalty on the speed of joint position targets, s^2/rad^2"

    mask: np.ndarray = field(default=ALL_JOINTS, metadata=parameter("Whose targets are steadied, in joint order"))

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", joint_mask(self.mask))

    def _change(self, tau: np.ndarray) -> np.ndarray:
        """(M, H, 12) rad."""
        targets = tau[..., ACTION]
        change = np.empty_like(targets)
        np.subtract(targets[:, 0], tau[:, 0, PREVIOUS_ACTION], out=change[:, 0])
        np.subtract(targets[:, 1:], targets[:, :-1], out=change[:, 1:])
        change *= self.mask
        return change

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -sum_of_squares(self._change(tau)) / DT**2

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        scale = np.float32(-2.0 * weight / DT**2)
        _add_change(tau.T[ACTION], tau.T[PREVIOUS_ACTION, 0], self.mask, scale, total.T[ACTION])


_REST = read_only("rest", np.zeros(NUM_JOINTS), (NUM_JOINTS,))
_EACH = joint_mask(ALL_JOINTS)


@compiled
def _add_excess(
    x: np.ndarray, lower: np.ndarray, upper: np.ndarray, mask: np.ndarray, scale: np.float32, total: np.ndarray
) -> None:
    """total += scale mask (x - [x]_lower^upper), of (n, H, M)."""
    for j in range(x.shape[0]):
        low, high, gain = lower[j], upper[j], scale * mask[j]
        for t in range(x.shape[1]):
            for m in range(x.shape[2]):
                total[j, t, m] += gain * (x[j, t, m] - min(max(x[j, t, m], low), high))


@compiled
def _add_change(x: np.ndarray, before: np.ndarray, mask: np.ndarray, scale: np.float32, total: np.ndarray) -> None:
    """Derivative by x (n, H, M) of scale/2 sum_t mask (x_t - x_{t-1})^2, x_{-1} being ``before`` (n, M), a constant."""
    last = x.shape[1] - 1
    for j in range(x.shape[0]):
        gain = scale * mask[j]
        for t in range(last + 1):
            earlier = before[j] if t == 0 else x[j, t - 1]
            for m in range(x.shape[2]):
                total[j, t, m] += gain * (x[j, t, m] - earlier[m])
            if t < last:
                for m in range(x.shape[2]):
                    total[j, t, m] -= gain * (x[j, t + 1, m] - x[j, t, m])
