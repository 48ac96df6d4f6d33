"""What a reward term is, and the arithmetic that terms share.

A term is a value and its gradient on trajectories tau (M, H, 57) in physical units. It is a frozen dataclass whose
fields carry ``parameter`` metadata: from that its live parameters are declared (see ``parameters.py``). A term that
cannot be made from parameters alone has further fields without metadata, which the schema supplies.
"""

from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from diffusion_mpc_ros.planning.arrays import read_only
from diffusion_mpc_ros.planning.trajectory import NUM_JOINTS

ALL_JOINTS: Any = (True,) * NUM_JOINTS
"""Default of a mask."""


class RewardTerm(Protocol):
    """One R_i(tau)."""

    name: ClassVar[str]
    """Group of its parameters."""
    text: ClassVar[str]
    """What its weight buys, for the operator."""

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        """(M,) reward of trajectories (M, H, 57) at diffusion level k, 0 being clean.

        What is computed from physical quantities takes them as they stand, at any level; a learned term has to know
        how noisy they are.
        """
        ...

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        """Add ``weight`` times the derivative of ``value`` by the trajectories to ``total`` (M, H, 57), in place.

        What is measured (part of s_0) may be a constant of it.
        """
        ...


def joint_mask(mask: npt.ArrayLike) -> np.ndarray:
    """The field ``mask`` of a term: 1 for the joints it is about, else 0, (12,) float32, read-only.

    Numbers rather than booleans, which numpy would convert at every multiplication.

    Raises:
        ValueError: of another length.
    """
    return read_only("mask", np.asarray(mask, np.bool_), (NUM_JOINTS,))


def sum_of_squares(x: np.ndarray) -> np.ndarray:
    """Over time and columns: (M, H, n) to (M,)."""
    return np.einsum("mtj,mtj->m", x, x)


def difference(x: np.ndarray) -> np.ndarray:
    """x_t - x_{t-1} of (M, H, n): (M, H - 1, n)."""
    change: np.ndarray = x[:, 1:] - x[:, :-1]
    return change
