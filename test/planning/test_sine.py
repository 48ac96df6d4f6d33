import numpy as np
import pytest

from diffusion_mpc_ros.planning.sine import cosine, sine


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 6e-7), (np.float64, 1e-7)])
@pytest.mark.parametrize(("ours", "exact"), [(sine, np.sin), (cosine, np.cos)])
def test_angles_of_several_turns_have_their_sine(ours, exact, dtype, tolerance) -> None:  # type: ignore[no-untyped-def]
    angles = np.linspace(-20.0, 20.0, 4001).astype(dtype)
    computed = np.array([ours(angle) for angle in angles])
    assert computed.dtype == dtype
    np.testing.assert_allclose(computed, exact(angles.astype(np.float64)), atol=10 * tolerance)
    near = np.abs(angles) < np.pi
    np.testing.assert_allclose(computed[near], exact(angles[near].astype(np.float64)), atol=tolerance)
