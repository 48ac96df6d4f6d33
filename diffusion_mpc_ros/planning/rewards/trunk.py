"""Reward terms on the trunk's orientation (section V-B5)."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from diffusion_mpc_ros.planning.arrays import read_only
from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.rewards.term import spread_difference
from diffusion_mpc_ros.planning.trajectory import GRAVITY

LEVEL: Any = (0.0, 0.0, -1.0)
"""Gravity in the body frame of a level trunk."""
MIN_NORM = 0.1
"""Gravity is a unit vector in the data, but a noisy sample may pass near zero, where it has no direction: below
this norm its direction fades to zero instead of its gradient to infinity."""


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
        unit, _ = _unit(tau[..., self.columns])
        return np.mean(unit @ self.direction, axis=1) - 1.0

    def gradient(self, tau: np.ndarray, k: int) -> np.ndarray:
        unit, norm = _unit(tau[..., self.columns])
        return _through_unit(self.direction / tau.shape[1], unit, norm)


@dataclass(frozen=True)
class Smooth:
    """Quiet trunk: -sum_t ||g_t - g_{t-1}||_1, g normalised (section V-B5); lambda_tv is the weight."""

    name: ClassVar[str] = "smooth"
    text: ClassVar[str] = "Weight of the penalty on changes of the trunk's orientation (total variation)"
    columns: ClassVar[slice] = GRAVITY

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        unit, _ = _unit(tau[..., self.columns])
        return -np.abs(np.diff(unit, axis=1)).sum(axis=(1, 2))

    def gradient(self, tau: np.ndarray, k: int) -> np.ndarray:
        unit, norm = _unit(tau[..., self.columns])
        return _through_unit(spread_difference(-np.sign(np.diff(unit, axis=1))), unit, norm)


def _unit(g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    norm = np.maximum(np.linalg.norm(g, axis=-1, keepdims=True), MIN_NORM)
    return g / norm, norm


def _through_unit(slope: np.ndarray, unit: np.ndarray, norm: np.ndarray) -> np.ndarray:
    """Derivative by g from the derivative by its direction: (I - u u^T) slope / ||g||."""
    radial = np.sum(slope * unit, axis=-1, keepdims=True)
    return (slope - radial * unit) / norm
