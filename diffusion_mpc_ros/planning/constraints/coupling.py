"""Columns that rows A x <= b tie together, kept within these rows, their bounds and their steps.

The nearest trajectory that keeps all three has no closed form. A few sweeps, each a projection onto one limit after the
other, come close to it. What they leave is taken back along straight lines to points that are known to keep the limits:
the set is convex, so what holds at both ends of a line holds along it.
"""

import numpy as np

from diffusion_mpc_ros.planning.constraints.limits import LARGEST, Limits
from diffusion_mpc_ros.planning.constraints.paths import Paths
from diffusion_mpc_ros.planning.constraints.rows import Rows
from diffusion_mpc_ros.planning.constraints.steps import ROUNDING, foresighted, limit_steps, moves, step_broken
from diffusion_mpc_ros.planning.trajectory import ACTION, PREVIOUS_ACTION

SWEEPS = 10
"""Most rounds over the limits before the rest is taken back."""
FLOAT64 = 1e-9
"""More than arithmetic in float64 gets wrong, rad."""
NEAR = 1e-4
"""Excess of a row, of norm one, that is left to that."""


class Coupling:
    """The tied columns of trajectories.

    Args:
        columns: (n,) indices into the 57.
        limits: all limits of H rows.
        inside: (2, n) points that keep bounds and rows, in the first row and in the last.
    """

    def __init__(self, columns: np.ndarray, limits: Limits, inside: np.ndarray) -> None:
        a, b = limits.a[:, columns], limits.b
        lower, upper = (bound[:, columns].astype(np.float64) for bound in (limits.lower, limits.upper))
        action = columns >= ACTION.start
        self._columns, self._actions = columns, action
        self._step = np.full(len(columns), np.inf)
        self._step[action] = limits.step[columns[action] - ACTION.start]
        self._rows = Rows(a)
        finite = np.maximum(lower, -LARGEST), np.minimum(upper, LARGEST)
        self._paths = Paths(a, b, *finite, self._step - ROUNDING, inside)
        progress = np.linspace(0.0, 1.0, len(lower))[:, None]
        self._inside = np.clip((1.0 - progress) * inside[0] + progress * inside[1], lower, upper)  # (H, n)
        # s_0 is measured: it has no bounds, cannot move, and rows that name it do not hold.
        self._free = np.ones(lower.shape, bool)
        self._free[0] = action
        self._b = np.tile(b, (len(lower), 1))  # (H, m)
        self._b[0, a[:, ~action].any(axis=1)] = np.inf
        lower, upper = foresighted(lower, upper, self._step - ROUNDING)
        self._lower, self._upper = np.where(self._free, lower, -np.inf), np.where(self._free, upper, np.inf)

    def project(self, tau: np.ndarray) -> None:
        """Make trajectories (M, H, 57) keep the limits, in place; those that do stay as they are."""
        x = np.take(tau, self._columns, axis=-1).astype(np.float64)  # (M, H, n)
        previous = x[:, 0].copy()
        previous[:, self._actions] = tau[:, 0, PREVIOUS_ACTION][:, self._columns[self._actions] - ACTION.start]
        broken = step_broken(x, previous, self._step) | np.any(self._rows.excess(x, self._b) > 0.0, axis=(1, 2))
        if broken.any():
            rows = np.arange(x.shape[1])
            tau[np.ix_(broken, rows, self._columns)] = self._kept(x[broken], previous[broken])

    def _kept(self, x: np.ndarray, previous: np.ndarray) -> np.ndarray:
        step = self._step - ROUNDING
        for _ in range(SWEEPS):
            self._rows.sweep(x, self._b)
            limit_steps(x, previous, step, self._lower, self._upper)
            if np.all(self._rows.excess(x, self._b) < NEAR):
                break
        self._rows.pull(x, self._b, self._inside, self._free)
        late = step_broken(x, previous, step)
        if late.any():
            x[late] = self._on_time(x[late], previous[late])
        return x

    def _on_time(self, x: np.ndarray, previous: np.ndarray) -> np.ndarray:
        """Each trajectory of x (M, H, n), which keeps bounds and rows, as far on the way to a path as steps ask.

        Where the path itself cannot keep a step, neither can the trajectory.
        """
        step = self._step - ROUNDING
        path = self._paths.near(previous)
        ours, known = moves(x, previous), moves(path, previous)
        excess = np.abs(ours) - step
        share = np.zeros_like(excess)
        possible = np.abs(known) < step + FLOAT64
        np.divide(excess, np.maximum(np.abs(ours - known), excess), out=share, where=(excess > 0.0) & possible)
        return x + share.max(axis=(1, 2), keepdims=True) * np.where(self._free, path - x, 0.0)
