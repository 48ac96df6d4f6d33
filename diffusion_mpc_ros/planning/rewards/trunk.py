"""Reward terms on the trunk's orientation (section V-B5)."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from diffusion_mpc_ros.planning.arrays import read_only
from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.rewards.direction import MIN_NORM, through_unit, unit
from diffusion_mpc_ros.planning.rewards.term import difference, spread_difference
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

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        g, _ = unit(tau[..., self.columns])
        return np.mean(g @ self.direction, axis=1) - 1.0

    def gradient(self, tau: np.ndarray, k: int) -> np.ndarray:
        g, norm = unit(tau[..., self.columns])
        return through_unit(self.direction / tau.shape[1], g, norm)


@dataclass(frozen=True)
class Smooth:
    """Quiet trunk: -sum_t ||g_t - g_{t-1}||_1, g normalised (section V-B5); lambda_tv is the weight."""

    name: ClassVar[str] = "smooth"
    text: ClassVar[str] = "Weight of the penalty on changes of the trunk's orientation (total variation)"
    columns: ClassVar[slice] = GRAVITY

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        g, _ = unit(tau[..., self.columns])
        return -np.abs(difference(g)).sum(axis=(1, 2))

    def gradient(self, tau: np.ndarray, k: int) -> np.ndarray:
        g, norm = unit(tau[..., self.columns])
        return through_unit(spread_difference(-np.sign(difference(g))), g, norm)
