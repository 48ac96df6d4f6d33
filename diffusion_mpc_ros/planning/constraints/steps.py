"""Keeping |x_t - x_{t-1}| <= step through the horizon."""

import numpy as np

ROUNDING = 5e-7
"""What two joint targets below 8 rad lose at most when they are rounded to float32, rad."""


def step_broken(x: np.ndarray, previous: np.ndarray, step: np.ndarray) -> np.ndarray:
    """(M,) bool: which of x (M, H, n), preceded by ``previous`` (M, n), has a step above ``step`` (n,)."""
    return np.any(np.abs(moves(x, previous)) > step, axis=(1, 2))


def moves(x: np.ndarray, previous: np.ndarray) -> np.ndarray:
    """(M, H, n) x_t - x_{t-1} in float64; row 0 follows ``previous`` (M, n)."""
    return np.diff(np.asarray(x, np.float64), axis=1, prepend=np.asarray(previous, np.float64)[:, None])


def limit_steps(x: np.ndarray, previous: np.ndarray, step: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
    """Go forward through x (M, H, n), in place: each row as near as it may to where it was, from the row before.

    Args:
        x: (M, H, n).
        previous: (M, n) the row before the first.
        step: (n,) largest change from one row to the next, or (H, n).
        lower: (H, n) bounds, which win where they contradict the step.
        upper: (H, n).
    """
    if not np.isfinite(step).any():
        np.minimum(np.maximum(x, lower), upper, out=x)
        return
    steps = np.broadcast_to(step, x.shape[1:])
    for row, step, low, high in zip(x.swapaxes(0, 1), steps, lower, upper, strict=True):
        # np.clip is far slower on arrays this small.
        reached = np.minimum(np.maximum(row, previous - step), previous + step)
        np.minimum(np.maximum(reached, low), high, out=row)
        previous = row


def foresighted(lower: np.ndarray, upper: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds (H, n) narrowed to the values from which every later row can be reached in time, or nearly so."""
    lower, upper = lower.copy(), upper.copy()
    for t in range(len(lower) - 2, -1, -1):
        low, high = lower[t].copy(), upper[t].copy()
        lower[t] = np.clip(lower[t + 1] - step, low, high)
        upper[t] = np.clip(upper[t + 1] + step, low, high)
    return lower, upper
