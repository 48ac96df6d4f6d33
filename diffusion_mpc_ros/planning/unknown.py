"""What planning does not know of a window: the only part of it that is denoised.

Commands are those of the first state, and previous actions are the actions a row earlier. Values are told in the order
of a window as it lies in memory, (57, H): column after column.
"""

import numpy as np

from diffusion_mpc_ros.planning.compiled import compiled
from diffusion_mpc_ros.planning.normalization import DATA_CLIP, Normalization
from diffusion_mpc_ros.planning.trajectory import (
    ACTION,
    ANGULAR_VELOCITY,
    COMMAND,
    GRAVITY,
    JOINT_POSITION,
    JOINT_VELOCITY,
    PREVIOUS_ACTION,
    STATE,
    WIDTH,
)

TRUNK = slice(ANGULAR_VELOCITY.start, GRAVITY.stop)
JOINTS = slice(JOINT_POSITION.start, JOINT_VELOCITY.stop)
BLOCKS = {"trunk": TRUNK, "joints": JOINTS, "action": ACTION}
"""Adjoining columns that are unknown but for their part of the first state."""

_COMMAND, _COMMAND_END = COMMAND.start, COMMAND.stop
_PREVIOUS, _ACTION, _JOINTS = PREVIOUS_ACTION.start, ACTION.start, ACTION.stop - ACTION.start
_STATES = STATE.stop
_TILE = 16
"""Candidates turned over at a time: their estimates fit into a core's innermost cache, and fill its lines."""


def unknown(horizon: int) -> np.ndarray:
    """(57, H) bool: what is unknown of a window; U of them are."""
    mask = np.zeros((WIDTH, horizon), np.bool_)
    for columns in BLOCKS.values():
        mask[columns] = True
    mask[STATE, 0] = False
    return mask


class Completion:
    """Makes windows of estimates of what is unknown.

    Args:
        normalization: estimates are kept within DATA_CLIP deviations.
        horizon: H.
    """

    def __init__(self, normalization: Normalization, horizon: int) -> None:
        self._columns, self._rows = np.nonzero(unknown(horizon))
        self._lower, self._upper = (
            (normalization.mean + side * DATA_CLIP * normalization.std).astype(np.float32) for side in (-1.0, 1.0)
        )

    def __call__(self, clean: np.ndarray, tau: np.ndarray, tau_0: np.ndarray) -> None:
        """Write ``clean`` (M, U) and what follows from the first states of ``tau`` into ``tau_0``, both (57, H, M)."""
        _complete(clean, self._columns, self._rows, self._lower, self._upper, tau, tau_0)


@compiled
def _complete(
    clean: np.ndarray,
    columns: np.ndarray,
    rows: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    tau: np.ndarray,
    tau_0: np.ndarray,
) -> None:
    _, horizon, count = tau.shape
    for j in range(_STATES):
        for m in range(count):
            tau_0[j, 0, m] = tau[j, 0, m]
    for j in range(_COMMAND, _COMMAND_END):
        for t in range(1, horizon):
            for m in range(count):
                tau_0[j, t, m] = tau[j, 0, m]
    for begin in range(0, count, _TILE):
        end = min(begin + _TILE, count)
        for u in range(len(columns)):
            j, t = columns[u], rows[u]
            for m in range(begin, end):
                tau_0[j, t, m] = min(max(clean[m, u], lower[j]), upper[j])
    for j in range(_JOINTS):
        for t in range(1, horizon):
            for m in range(count):
                tau_0[_PREVIOUS + j, t, m] = tau_0[_ACTION + j, t - 1, m]
