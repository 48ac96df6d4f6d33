"""How batches of trajectories lie in memory: each value of all candidates side by side.

Arithmetic on trajectories runs over a few columns at a time, and for all candidates alike. Laid out as (57, H, M), what
it touches is contiguous, and so is what the networks multiply. Everywhere else a batch is (M, H, 57): the same memory,
seen with its axes reversed, which numpy computes with as fast.
"""

import numpy as np

from diffusion_mpc_ros.planning.trajectory import WIDTH


def empty_batch(count: int, horizon: int) -> np.ndarray:
    """Trajectories (M, H, 57), float32, not set."""
    return np.empty((WIDTH, horizon, count), np.float32).T


def laid_out(tau: np.ndarray) -> np.ndarray:
    """Trajectories (M, H, 57) as (57, H, M), contiguous float32; a copy only if they are not laid out so already."""
    return np.ascontiguousarray(tau.T, np.float32)
