"""The direction u of gravity g, of which only the direction counts (section V-B5).

By the chain rule a slope by u is one by g after (I - u u^T) / ||g||.
"""

import math

import numpy as np

from diffusion_mpc_ros.planning.compiled import inlined

MIN_NORM = 0.1
"""Gravity is a unit vector in the data, but a noisy sample may pass near zero, where it has no direction: below
this norm its direction fades to zero instead of its gradient to infinity."""
_MIN_NORM = np.float32(MIN_NORM)


def unit(g: np.ndarray) -> np.ndarray:
    """Direction (..., 3) of vectors (..., 3)."""
    direction: np.ndarray = g / np.maximum(np.sqrt((g * g).sum(axis=-1, keepdims=True)), MIN_NORM)
    return direction


@inlined
def unit_of(x: np.float32, y: np.float32, z: np.float32) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Direction of one vector, and its norm, at least MIN_NORM."""
    norm = max(math.sqrt(x * x + y * y + z * z), _MIN_NORM)
    return x / norm, y / norm, z / norm, norm
