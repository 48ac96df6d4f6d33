"""Pi_C for trajectories of a known length."""

import numpy as np

from diffusion_mpc_ros.planning.chain_steps import clamp
from diffusion_mpc_ros.planning.constraints.coupling import Coupling
from diffusion_mpc_ros.planning.constraints.limits import Limits
from diffusion_mpc_ros.planning.constraints.steps import ROUNDING, foresighted, limit_steps, step_broken
from diffusion_mpc_ros.planning.trajectory import ACTION, PREVIOUS_ACTION


class Projection:
    """Bounds first; then the rows with the columns they tie together; then the steps of the other actions.

    Args:
        limits: of H rows.
        inside: (2, 57) points that keep bounds and rows, in the first row and in the last.
    """

    def __init__(self, limits: Limits, inside: np.ndarray) -> None:
        bounds = limits.lower, limits.upper  # (H, 57)
        self._bounded = np.flatnonzero(np.any(np.isfinite(bounds), axis=(0, 1)))
        self._lower, self._upper = (np.ascontiguousarray(bound.T) for bound in bounds)
        tied = np.asarray(limits.a.any(axis=0))
        self._coupling = Coupling(np.flatnonzero(tied), limits, inside[:, tied]) if tied.any() else None
        self._joints = np.flatnonzero(np.isfinite(limits.step) & ~tied[ACTION])
        self._step = limits.step[self._joints]
        targets = ACTION.start + self._joints
        self._step_bounds = foresighted(limits.lower[:, targets], limits.upper[:, targets], self._step - ROUNDING)

    def project(self, tau: np.ndarray) -> None:
        """Move trajectories (M, H, 57) onto the set, in place, but for s_0."""
        if self._bounded.size > 0:
            clamp(tau.T, self._bounded, self._lower, self._upper)
        if self._coupling is not None:
            self._coupling.project(tau)
        if self._joints.size > 0:
            self._limit_steps(tau)

    def _limit_steps(self, tau: np.ndarray) -> None:
        columns = ACTION.start + self._joints
        actions, previous = tau[..., columns], tau[:, 0, PREVIOUS_ACTION.start + self._joints]
        broken = step_broken(actions, previous, self._step)
        if broken.any():
            actions = actions[broken]
            limit_steps(actions, previous[broken], self._step - ROUNDING, *self._step_bounds)
            tau[np.ix_(broken, np.arange(tau.shape[1]), columns)] = actions
