"""What the sampler needs of a trained model: the learned prior p_theta(tau) of section IV-A."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.schedule import Schedule

Estimator = Callable[[np.ndarray, int], np.ndarray]
"""tau_theta(tau_k, k) for known first states: from noisy trajectories (M, H, 57) at level k, 1..K, whose first states
are those that it was made for, to an estimate of the clean ones (M, H, 57). Float32, physical units; the estimate stays
within DATA_CLIP deviations and may be overwritten by the caller, and is overwritten by the next call."""


class Denoiser(Protocol):
    """The network tau_theta of section III, as an estimator of the clean trajectory."""

    def given(self, s0: np.ndarray, candidates: int) -> Estimator:
        """Look at first states, once for a plan.

        Args:
            s0: (B, 45) float32, physical units.
            candidates: N, trajectories of each robot; M = B N, robot after robot.
        """
        ...


@dataclass(frozen=True)
class Prior:
    """A denoiser with all it takes to sample trajectories of ``horizon`` rows from it."""

    denoiser: Denoiser
    schedule: Schedule
    normalization: Normalization
    horizon: int
