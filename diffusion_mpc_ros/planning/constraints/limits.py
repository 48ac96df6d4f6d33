"""What a constraint demands of a trajectory, as data. How demands are met together is ``constraint_set.py``'s."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np

from diffusion_mpc_ros.planning.trajectory import NUM_JOINTS, WIDTH

LARGEST = 100.0
"""No value of a real trajectory is larger, whatever its unit: the bound of a search where no other is set."""


@dataclass(frozen=True, eq=False)
class Limits:
    """Demands on a trajectory tau (H, 57) in physical units; infinite where nothing is demanded.

    None applies to the measured s_0. What ties actions alone applies to every row, what names a state from row 1 on.

    Attributes:
        lower: lower <= tau, (H, 57), or (1, 57) for the same in every row.
        upper: tau <= upper, of the same shape.
        step: |a_t - a_{t-1}| <= step, (12,), rad.
        a: a tau_t <= b for every row tau_t, (m, 57).
        b: (m,).
    """

    lower: np.ndarray = field(default_factory=lambda: np.full((1, WIDTH), -np.inf))
    upper: np.ndarray = field(default_factory=lambda: np.full((1, WIDTH), np.inf))
    step: np.ndarray = field(default_factory=lambda: np.full(NUM_JOINTS, np.inf))
    a: np.ndarray = field(default_factory=lambda: np.zeros((0, WIDTH)))
    b: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def together(cls, several: Iterable["Limits"], horizon: int) -> "Limits":
        """All demands at once, on ``horizon`` rows.

        Bounds are rounded inwards to float32, in which trajectories are kept: what is within the rounded bound is
        within the true one. Rows (a, b) are scaled to |a| = 1.
        """
        parts = [cls(), *several]
        shape = (horizon, WIDTH)
        lower = _round_up(np.max([np.broadcast_to(part.lower, shape) for part in parts], axis=0))
        upper = -_round_up(-np.min([np.broadcast_to(part.upper, shape) for part in parts], axis=0))
        a, b = np.concatenate([part.a for part in parts]), np.concatenate([part.b for part in parts])
        norm = np.linalg.norm(a, axis=1)
        # Bounds between which there is no float32 become the one below.
        return cls(
            np.minimum(lower, upper), upper, np.min([part.step for part in parts], axis=0), a / norm[:, None], b / norm
        )


class Constraint(Protocol):
    """Something an operator may limit. Its dataclass fields are its parameters (see ``parameters.py``)."""

    name: ClassVar[str]
    """Group of its parameters, below ``constraints``."""
    text: ClassVar[str]
    """What it enforces, for the operator."""

    def limits(self, horizon: int) -> Limits:
        """What it demands of a trajectory of ``horizon`` rows.

        Bounds of a row have to be linear in its time, from the first row to the last.

        Raises:
            ValueError: parameters that do not fit together; the text begins with the name of one.
        """
        ...


def _round_up(bound: np.ndarray) -> np.ndarray:
    """The smallest float32 not below the float64 bound."""
    rounded = bound.astype(np.float32)
    return np.where(rounded < bound, np.nextafter(rounded, np.float32(np.inf)), rounded)
