"""Reward terms on the trunk's orientation (section V-B5)."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from diffusion_mpc_ros.planning.arrays import read_only
from diffusion_mpc_ros.planning.compiled import compiled
from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.rewards.direction import MIN_NORM, unit, unit_of
from diffusion_mpc_ros.planning.rewards.term import difference
from diffusion_mpc_ros.planning.trajectory import GRAVITY

LEVEL: Any = (0.0, 0.0, -1.0)
"""Gravity in the body frame of a level trunk."""


@dataclass(frozen=True, eq=False)
class Align:
    """Trunk orientation: -1/H sum_t (1 - g_t . direction), g normalised (section V-B5); 0 when aligned, -2 opposed.

    Raises:
        ValueError: a direction too short to be one.
    """

    name: ClassVar[str] = "align"
    text: ClassVar[str] = "Weight of the alignment of gravity with align.direction"

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

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        g = unit(tau[..., GRAVITY])
        return np.mean(g @ self.direction, axis=1) - 1.0

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        _add_direction(tau.T[GRAVITY], self.direction, np.float32(weight / tau.shape[1]), total.T[GRAVITY])


@dataclass(frozen=True)
class Smooth:
    """Quiet trunk: -sum_t ||g_t - g_{t-1}||_1, g normalised (section V-B5); lambda_tv is the weight."""

    name: ClassVar[str] = "smooth"
    text: ClassVar[str] = "Weight of the penalty on changes of the trunk's orientation (total variation)"

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        g = unit(tau[..., GRAVITY])
        return -np.abs(difference(g)).sum(axis=(1, 2))

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        _add_variation(tau.T[GRAVITY], np.float32(-weight), total.T[GRAVITY])


@compiled
def _add_direction(g: np.ndarray, direction: np.ndarray, scale: np.float32, total: np.ndarray) -> None:
    """Derivative by g (3, H, M) of scale u . direction."""
    for t in range(g.shape[1]):
        for m in range(g.shape[2]):
            x, y, z, norm = unit_of(g[0, t, m], g[1, t, m], g[2, t, m])
            along = x * direction[0] + y * direction[1] + z * direction[2]
            gain = scale / norm
            total[0, t, m] += gain * (direction[0] - along * x)
            total[1, t, m] += gain * (direction[1] - along * y)
            total[2, t, m] += gain * (direction[2] - along * z)


@compiled
def _add_variation(g: np.ndarray, scale: np.float32, total: np.ndarray) -> None:
    """Derivative by g (3, H, M) of scale sum_t ||u_t - u_{t-1}||_1."""
    for t in range(1, g.shape[1]):
        for m in range(g.shape[2]):
            x, y, z, norm = unit_of(g[0, t, m], g[1, t, m], g[2, t, m])
            x_0, y_0, z_0, norm_0 = unit_of(g[0, t - 1, m], g[1, t - 1, m], g[2, t - 1, m])
            by_x, by_y, by_z = np.sign(x - x_0), np.sign(y - y_0), np.sign(z - z_0)
            along, along_0 = by_x * x + by_y * y + by_z * z, by_x * x_0 + by_y * y_0 + by_z * z_0
            gain, gain_0 = scale / norm, scale / norm_0
            total[0, t, m] += gain * (by_x - along * x)
            total[1, t, m] += gain * (by_y - along * y)
            total[2, t, m] += gain * (by_z - along * z)
            total[0, t - 1, m] -= gain_0 * (by_x - along_0 * x_0)
            total[1, t - 1, m] -= gain_0 * (by_y - along_0 * y_0)
            total[2, t - 1, m] -= gain_0 * (by_z - along_0 * z_0)
