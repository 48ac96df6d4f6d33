"""A reward term of one's own: a trunk that rolls slowly."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.trajectory import ANGULAR_VELOCITY

ROLL_RATE = ANGULAR_VELOCITY.start


@dataclass(frozen=True)
class QuietRoll:
    """-1/H sum_t [|omega_x,t| - free_rate]_+^2, (rad/s)^2."""

    name: ClassVar[str] = "quiet_roll"
    text: ClassVar[str] = "Weight of the penalty on rolling faster than quiet_roll.free_rate, s^2/rad^2"

    free_rate: float = field(default=0.2, metadata=parameter("Roll rate that costs nothing, rad/s", (0.0, 10.0)))

    def _excess(self, tau: np.ndarray) -> np.ndarray:
        rate = tau[..., ROLL_RATE]  # (M, H)
        return rate - np.clip(rate, -self.free_rate, self.free_rate)

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        return -np.mean(self._excess(tau) ** 2, axis=1)  # (M,)

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        total[..., ROLL_RATE] += (-2.0 * weight / tau.shape[1]) * self._excess(tau)
