from collections.abc import Callable

import numpy as np
import pytest

from diffusion_mpc_ros.planning.compiled import compiled
from diffusion_mpc_ros.planning.sine import cosine, sine


@compiled
def sines(angles: np.ndarray, total: np.ndarray) -> None:
    for i in range(len(angles)):
        total[i] = sine(angles[i])


@compiled
def cosines(angles: np.ndarray, total: np.ndarray) -> None:
    for i in range(len(angles)):
        total[i] = cosine(angles[i])


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 6e-7), (np.float64, 1e-7)])
@pytest.mark.parametrize(("ours", "exact"), [(sines, np.sin), (cosines, np.cos)])
def test_angles_of_several_turns_have_their_sine(
    ours: Callable[[np.ndarray, np.ndarray], None], exact: np.ufunc, dtype: type, tolerance: float
) -> None:
    angles: np.ndarray = np.linspace(-20.0, 20.0, 4001).astype(dtype)
    computed = np.empty_like(angles)
    ours(angles, computed)
    np.testing.assert_allclose(computed, exact(angles.astype(np.float64)), atol=10 * tolerance)
    near = np.abs(angles) < np.pi
    np.testing.assert_allclose(computed[near], exact(angles[near].astype(np.float64)), atol=tolerance)
