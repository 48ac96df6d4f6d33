"""The direction of gravity, of which only the direction counts (section V-B5)."""

import numpy as np

MIN_NORM = 0.1
"""Gravity is a unit vector in the data, but a noisy sample may pass near zero, where it has no direction: below
this norm its direction fades to zero instead of its gradient to infinity."""


def unit(g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Direction (..., 3) and norm (..., 1), at least MIN_NORM, of vectors (..., 3)."""
    norm = np.sqrt((g * g).sum(axis=-1, keepdims=True))
    np.maximum(norm, MIN_NORM, out=norm)
    return g / norm, norm


def through_unit(slope: np.ndarray, direction: np.ndarray, norm: np.ndarray) -> np.ndarray:
    """Derivative by g from the derivative by its direction u: (I - u u^T) slope / ||g||."""
    radial = (slope * direction).sum(axis=-1, keepdims=True)
    return (slope - radial * direction) / norm
