"""Random trajectories for reward terms."""

from collections.abc import Callable

import numpy as np
import pytest

from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.trajectory import GRAVITY, WIDTH


def random_trajectories(seed: int, count: int = 3, horizon: int = 5) -> np.ndarray:
    """Trajectories (M, H, 57) in float64, with gravity vectors of about unit length."""
    rng = np.random.default_rng(seed)
    tau = rng.normal(size=(count, horizon, WIDTH))
    g = tau[..., GRAVITY]
    tau[..., GRAVITY] = g / np.linalg.norm(g, axis=-1, keepdims=True) * rng.uniform(0.5, 1.5, (count, horizon, 1))
    return np.ascontiguousarray(tau.T).T  # laid out as the planner's (``layout.py``)


@pytest.fixture(scope="session")
def trajectories() -> Callable[..., np.ndarray]:
    return random_trajectories


@pytest.fixture(scope="session")
def gradient() -> Callable[[RewardTerm, np.ndarray], np.ndarray]:
    """A term's derivative by trajectories (M, H, 57)."""

    def derivative(term: RewardTerm, tau: np.ndarray) -> np.ndarray:
        total = np.zeros_like(tau)
        term.add_gradient(tau, 0, 1.0, total)
        return total

    return derivative
