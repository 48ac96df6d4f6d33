"""Reward term that fits the rear legs to the ground's incline (section VI-B2)."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from diffusion_mpc_ros.planning.compiled import compiled
from diffusion_mpc_ros.planning.parameters import ANGLE_RANGE, parameter
from diffusion_mpc_ros.planning.rewards.term import sum_of_squares
from diffusion_mpc_ros.planning.trajectory import GRAVITY, JOINT_POSITION, joint_indices

REAR_CALVES = joint_indices(("RR", "RL"), ("calf",))
STEEPEST = 0.35
"""Incline beyond which the target stays, rad: 20 degrees. A trunk tilted more is falling, not climbing."""


def incline(gravity: np.ndarray) -> np.ndarray:
    """Pitch (...) of the trunk from gravity (..., 3) in the body frame, rad, at most STEEPEST: positive nose up.

    A walking trunk is parallel to the ground but for a sway of a few degrees.
    """
    return np.clip(np.arctan2(-gravity[..., 0], -gravity[..., 2]), -STEEPEST, STEEPEST)


@dataclass(frozen=True)
class SlopePosture:
    """Rear calves as the incline wants them: -1/H sum_t sum_j (q_{t,j} - level + gain incline)^2, rad^2.

    Uphill (incline > 0) they are flexed, against slipping backwards, downhill extended, against tipping forwards. The
    incline is that of s_0 throughout: it is measured, and a constant of the gradient.
    """

    name: ClassVar[str] = "slope_posture"
    text: ClassVar[str] = "Weight of the attraction of the rear calves to an angle that follows the incline, 1/rad^2"

    level: float = field(
        default=-1.4,
        metadata=parameter("Angle of the rear calves to be attracted to on level ground, rad", ANGLE_RANGE),
    )
    gain: float = field(
        default=0.8, metadata=parameter("Flexion of the rear calves for each rad uphill, rad", (0.0, 5.0))
    )

    def _error(self, tau: np.ndarray) -> np.ndarray:
        """(M, H, 2) rad."""
        return tau[..., JOINT_POSITION][..., REAR_CALVES] - self._target(tau)[:, None, None]

    def _target(self, tau: np.ndarray) -> np.ndarray:
        """(M,) rad."""
        target: np.ndarray = self.level - self.gain * incline(tau[:, 0, GRAVITY])
        return target

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -sum_of_squares(self._error(tau)) / tau.shape[1]

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        scale = np.float32(-2.0 * weight / tau.shape[1])
        _add_distance(tau.T[JOINT_POSITION], self._target(tau), scale, total.T[JOINT_POSITION])


@compiled
def _add_distance(q: np.ndarray, target: np.ndarray, scale: np.float32, total: np.ndarray) -> None:
    """total += scale (q - target) of the rear calves; q is (12, H, M), ``target`` (M,)."""
    for j in REAR_CALVES:
        for t in range(q.shape[1]):
            for m in range(q.shape[2]):
                total[j, t, m] += scale * (q[j, t, m] - target[m])
