"""Linear inequalities between the columns of a row."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from diffusion_mpc_ros.planning.arrays import read_only
from diffusion_mpc_ros.planning.constraints.limits import Limits
from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.trajectory import COLUMN_NAMES, WIDTH

COEFFICIENT_RANGE = (-1e6, 1e6)
"""Sanity bounds of coefficients and right-hand sides."""
MIN_NORM = 1e-3
"""Least norm of a row; below, it says hardly anything."""
EXAMPLE: dict[str, Any] = {
    "columns": ("action.FR_calf_joint", "action.FL_calf_joint"),
    "a": (1.0, -1.0, -1.0, 1.0),
    "b": (0.5, 0.5),
}
"""Calf targets of the front legs within 0.5 rad of each other."""


@dataclass(frozen=True, eq=False)
class LinearRows:
    """A x_t <= b on some columns x_t of every row of the trajectory, in the columns' units.

    As A, b and the columns are set one by one, whether their lengths agree is checked by ``limits``. The defaults are
    an example.

    Raises:
        ValueError: an unknown column, one named twice, a number that is not finite.
    """

    name: ClassVar[str] = "linear"
    text: ClassVar[str] = "Keep the inequalities a x <= b on the columns x of every planned row"

    columns: tuple[str, ...] = field(
        default=EXAMPLE["columns"],
        metadata=parameter("Names of columns of a trajectory", choices=COLUMN_NAMES, any_length=True),
    )
    a: np.ndarray = field(
        default=EXAMPLE["a"],
        metadata=parameter(
            "Coefficients, one row after the other, each as long as columns", COEFFICIENT_RANGE, any_length=True
        ),
    )
    b: np.ndarray = field(
        default=EXAMPLE["b"],
        metadata=parameter("Right-hand sides, one for each row of a", COEFFICIENT_RANGE, any_length=True),
    )

    def __post_init__(self) -> None:
        for column in self.columns:
            if column not in COLUMN_NAMES:
                raise ValueError(f"columns: expected columns of a trajectory, got {column!r}")
            if self.columns.count(column) > 1:
                raise ValueError(f"columns: expected each column once, got {column} {self.columns.count(column)} times")
        for name in ("a", "b"):
            values = getattr(self, name)
            object.__setattr__(self, name, read_only(name, values, (np.size(values),), np.float64))

    def limits(self, horizon: int) -> Limits:
        rows, width = self.b.size, len(self.columns)
        if self.a.size != rows * width:
            raise ValueError(
                f"a: expected {rows} rows (as many as b) of {width} values (as many as columns), got "
                f"{self.a.size} values; switch constraints.linear off while its parts are set one by one"
            )
        a = np.zeros((rows, WIDTH))
        a[:, [COLUMN_NAMES.index(column) for column in self.columns]] = self.a.reshape(rows, width)
        for row in np.flatnonzero(np.linalg.norm(a, axis=1) < MIN_NORM):
            raise ValueError(f"a: expected rows of norm {MIN_NORM:g} or more, got less in row {row}")
        return Limits(a=a, b=self.b)
