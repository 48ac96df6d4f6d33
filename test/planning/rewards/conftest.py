"""Random trajectories for reward terms."""

from collections.abc import Callable

import numpy as np
import pytest

from diffusion_mpc_ros.planning.trajectory import GRAVITY, WIDTH


def random_trajectories(seed: int, count: int = 3, horizon: int = 5) -> np.ndarray:
    """Trajectories (M, H, 57) in float64, with gravity vectors of about unit length."""
    rng = np.random.default_rng(seed)
    tau = rng.normal(size=(count, horizon, WIDTH))
    g = tau[..., GRAVITY]
    tau[..., GRAVITY] = g / np.linalg.norm(g, axis=-1, keepdims=True) * rng.uniform(0.5, 1.5, (count, horizon, 1))
    return tau


@pytest.fixture(scope="session")
def trajectories() -> Callable[..., np.ndarray]:
    return random_trajectories
