"""Points of a polyhedron {x: A x <= b}, found exactly and in finitely many steps, or the proof that it is empty."""

from dataclasses import dataclass

import numpy as np

ROOMS = 0.3 * 10.0 ** -(np.arange(8) / 2.0)
"""Distances from the rows at which a point inside is looked for, the largest first."""
TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class Nearest:
    """Attributes:
    point: (n,) the point of the polyhedron that is nearest, or none if it is empty.
    active: (k,) indices of the rows that hold the point where it is, or that contradict each other.
    """

    point: np.ndarray | None
    active: np.ndarray


def nearest(point: np.ndarray, a: np.ndarray, b: np.ndarray) -> Nearest:
    """The Euclidean projection of a point (n,) onto {x: a x <= b}; rows of ``a`` (m, n) have unit norm.

    Least distance programming (Lawson and Hanson, Solving Least Squares Problems, chapter 23): with z = x - point
    and excess = a point - b, min |z| subject to -a z >= excess is a non-negative least squares problem in m
    multipliers, whose residual is zero exactly when the rows contradict each other.
    """
    excess = a @ point - b
    scale = max(1.0, excess.max(initial=0.0))
    matrix = np.vstack([-a.T, excess / scale])  # (n + 1, m)
    wanted = np.zeros(len(matrix))
    wanted[-1] = 1.0
    multipliers = _non_negative_least_squares(matrix, wanted)
    residual = matrix @ multipliers - wanted
    active = np.flatnonzero(multipliers)
    if -residual[-1] < TOLERANCE:
        return Nearest(None, active)
    # The residual holds z, too, but this is more accurate.
    return Nearest(point - np.linalg.lstsq(a[active], excess[active], rcond=None)[0], active)


def inner_point(a: np.ndarray, b: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> Nearest:
    """A point within finite bounds (n,) and off the rows a x <= b by the largest of ROOMS that there is.

    In ``active``, lower bounds come after the rows, and upper ones after these.
    """
    identity = np.eye(len(lower))
    rows = np.vstack([a, -identity, identity])
    for room in ROOMS:
        found = nearest((lower + upper) / 2.0, rows, np.concatenate([b - room, -lower, upper]))
        if found.point is not None:
            point = np.clip(found.point, lower, upper)
            if np.all(a @ point < b - room / 2.0):
                return Nearest(point, found.active)
    return Nearest(None, found.active)


def _non_negative_least_squares(matrix: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """min |matrix u - wanted| over u >= 0, by Lawson and Hanson's active sets."""
    u = np.zeros(matrix.shape[1])
    free, useless = np.zeros((2, len(u)), bool)
    for _ in range(3 * len(u)):
        slope = matrix.T @ (wanted - matrix @ u)
        slope[free | useless] = 0.0
        if slope.max(initial=0.0) < TOLERANCE:
            break
        entering = np.argmax(slope)
        free[entering] = True
        while True:
            solved = np.zeros(len(u))
            solved[free] = np.linalg.lstsq(matrix[:, free], wanted, rcond=None)[0]
            if np.all(solved[free] > 0.0):
                break
            leaving = free & (solved <= 0.0)
            share = np.min(u[leaving] / np.maximum(u - solved, TOLERANCE)[leaving])
            u += share * (solved - u)
            free &= u > TOLERANCE
            u[~free] = 0.0
        u = solved
        # What leaves as soon as it enters had its slope from rounding.
        useless[:] = False
        useless[entering] = not free[entering]
    return u
