"""Between physical units and what the denoiser sees: zero mean and unit deviation in every column."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.planning.arrays import read_only
from diffusion_mpc_ros.planning.trajectory import WIDTH

DATA_CLIP = 5.0
"""Normalised training data is clipped at +-5 deviations, so the denoiser has never seen, nor should it ever
estimate, a clean value beyond. Rare impacts would otherwise dominate its squared loss."""


@dataclass(frozen=True, eq=False)
class Normalization:
    """Column-wise affine map of trajectories.

    Attributes:
        mean: (57,) mean of each column over the training data, physical units.
        std: (57,) standard deviation of each column, physical units, positive.

    Raises:
        ValueError: wrong length, a value that is not finite, or a deviation that is not positive.
    """

    mean: np.ndarray
    std: np.ndarray

    def __post_init__(self) -> None:
        for field in ("mean", "std"):
            object.__setattr__(self, field, read_only(field, getattr(self, field), (WIDTH,)))
        if np.any(self.std <= 0.0):
            column = int(np.argmin(self.std))
            raise ValueError(f"std[{column}]: expected a positive number, got {self.std[column]}")

    def encode(self, tau: np.ndarray, columns: slice = slice(None)) -> np.ndarray:
        """Physical to normalised, (..., 57); with ``columns``, only those columns are given and returned."""
        return (tau - self.mean[columns]) / self.std[columns]

    def decode(self, tau: np.ndarray, columns: slice = slice(None)) -> np.ndarray:
        """Normalised to physical, (..., 57); ``columns`` as in ``encode``."""
        return tau * self.std[columns] + self.mean[columns]
