"""Trajectories that are known to keep all limits: straight lines from near a robot's previous action."""

import numpy as np

from diffusion_mpc_ros.planning.constraints.polyhedron import nearest
from diffusion_mpc_ros.planning.constraints.rows import Rows
from diffusion_mpc_ros.planning.constraints.steps import limit_steps, step_broken

SWEEPS = 10
"""Rounds over the limits before the exact, slower search."""
ROOM = 3e-5
"""Distance from rows and steps that is aimed at, so that coming near is enough and rounding has its place."""


class Paths:
    """Finds paths. Bounds are linear in time: a line whose ends keep bounds and rows keeps them on its way.

    Args:
        a: (m, n) rows of norm one.
        b: (m,).
        lower: (H, n), finite in the first row and in the last.
        upper: (H, n).
        step: (n,), infinite where it is free.
        inside: (2, n) points that keep bounds and rows, in the first row and in the last.
    """

    def __init__(
        self, a: np.ndarray, b: np.ndarray, lower: np.ndarray, upper: np.ndarray, step: np.ndarray, inside: np.ndarray
    ) -> None:
        self._a, self._rows, self._b = a, Rows(a), np.tile(b, (2, 1))
        self._lower, self._upper, self._inside = lower, upper, inside
        # The second end follows the first by all the steps of the horizon.
        self._step, self._steps = step, np.array([[1.0], [max(len(lower) - 1, 1)]])

    def near(self, previous: np.ndarray) -> np.ndarray:
        """Paths (M, H, n) that stay near the previous actions in (M, n); of other columns, steps are free.

        Bounds and rows hold. Steps hold, the first one included, if some path keeps them; if none does because of the
        first step, the others hold.
        """
        lower, upper, reach = self._lower[[0, -1]], self._upper[[0, -1]], self._steps * (self._step - ROOM)
        # The candidates of a robot stand side by side, and share their previous action and thus their path.
        new = np.any(np.diff(previous, axis=0, prepend=np.inf) != 0.0, axis=1)
        previous = previous[new]
        ends = np.where(np.isfinite(self._step), previous[:, None], self._inside)  # (robots, 2, n)
        for _ in range(SWEEPS):
            self._rows.sweep(ends, self._b - ROOM)
            limit_steps(ends, previous, reach, lower, upper)
            astray = step_broken(ends, previous, reach) | np.any(self._rows.excess(ends, self._b) > 0.0, axis=(1, 2))
            if not astray.any():
                break
        for index in np.flatnonzero(astray):
            ends[index] = self._search(ends[index], previous[index])
        self._rows.pull(ends, self._b, self._inside, np.ones_like(self._inside, bool))
        progress = np.linspace(0.0, 1.0, len(self._lower))[:, None]
        paths = np.clip((1.0 - progress) * ends[:, :1] + progress * ends[:, 1:], self._lower, self._upper)
        return np.asarray(paths[np.cumsum(new) - 1])

    def _search(self, ends: np.ndarray, previous: np.ndarray) -> np.ndarray:
        """The nearest ends (2, n) that keep everything, or all but the first step, or else the given ones."""
        size, stepped = len(previous), np.flatnonzero(np.isfinite(self._step))
        identity = np.eye(2 * size)
        later = (identity[size + stepped] - identity[stepped]) / np.sqrt(2.0)
        far = self._steps[1] * self._step[stepped] / np.sqrt(2.0)
        a = np.vstack([np.kron(np.eye(2), self._a), later, -later, -identity, identity])
        anywhere = np.full(size, np.inf)
        for first, room in ((self._step, ROOM), (self._step, 0.0), (anywhere, ROOM), (anywhere, 0.0)):
            lower, upper = self._lower[[0, -1]], self._upper[[0, -1]]
            lower[0], upper[0] = np.maximum(lower[0], previous - first), np.minimum(upper[0], previous + first)
            b = np.concatenate([self._b.ravel() - room, far, far, -lower.ravel(), upper.ravel()])
            found = nearest(ends.ravel(), a, b).point
            if found is not None:
                return found.reshape(2, size)
        return ends
