"""What the sampler needs of a trained model: the learned prior p_theta(tau) of section IV-A."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.schedule import Schedule


class Denoiser(Protocol):
    """The network tau_theta of section III, as an estimator of the clean trajectory."""

    def __call__(self, tau: np.ndarray, k: int) -> np.ndarray:
        """Estimate the clean trajectories behind noisy ones.

        Args:
            tau: (M, H, 57) float32 at diffusion level k, normalised, not to be written to. The state of row 0
                is clean at every level.
            k: diffusion level, 1..K.

        Returns:
            (M, H, 57) float32, normalised.
        """
        ...


@dataclass(frozen=True)
class Prior:
    """A denoiser with all it takes to sample trajectories of ``horizon`` rows from it."""

    denoiser: Denoiser
    schedule: Schedule
    normalization: Normalization
    horizon: int
