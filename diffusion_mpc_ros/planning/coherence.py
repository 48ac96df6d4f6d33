"""Beyond the paper: how well candidates go on with the plan before."""

import numpy as np

from diffusion_mpc_ros.planning.trajectory import ACTION


def incoherence(candidates: np.ndarray, previous: np.ndarray) -> np.ndarray:
    """Mean square distance from the previous plans (backward coherence; Liu et al., Bidirectional Decoding, 2024).

    Args:
        candidates: (B, N, H, 57) physical units.
        previous: (B, R, 12) actions that the previous plans hold for the first R rows, rad; R may be 0.

    Returns:
        (B, N) rad^2, the mean over those rows and the joints.
    """
    rows = previous.shape[1]
    if rows == 0:
        return np.zeros(candidates.shape[:2], np.float32)
    distance: np.ndarray = np.mean((candidates[:, :, :rows, ACTION] - previous[:, None]) ** 2, axis=(2, 3))
    return distance
