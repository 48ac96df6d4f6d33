"""Half-spaces A x <= b in the columns of x."""

import numpy as np

FLOAT32 = 2.0**-22
"""Distance from a row that is left to float32, relative to the values: four times what rounding them takes."""


class Rows:
    """The rows of A, whose norm is one. What ``b`` is may depend on the time t, in rows of (H, m).

    Args:
        a: (m, n).
    """

    def __init__(self, a: np.ndarray) -> None:
        self._a = a
        self._groups = _disjoint(a)

    def excess(self, x: np.ndarray, b: np.ndarray) -> np.ndarray:
        """A x - b, (M, H, m), of x (M, H, n)."""
        return x @ self._a.T - b

    def sweep(self, x: np.ndarray, b: np.ndarray) -> None:
        """Project x (M, H, n) onto one half-space after the other, in place."""
        for group in self._groups:
            a = self._a[group]
            x -= np.maximum(x @ a.T - b[:, group], 0.0) @ a

    def pull(self, x: np.ndarray, b: np.ndarray, inside: np.ndarray, free: np.ndarray) -> None:
        """Take x_t towards a point inside the half-spaces as far as it takes, in place, with room to be rounded.

        Args:
            x: (M, H, n).
            b: (H, m).
            inside: (H, n).
            free: (H, n) what may move.
        """
        room = FLOAT32 * (np.maximum(np.abs(x), np.abs(inside)) @ np.abs(self._a).T)
        excess = self.excess(x, b) + room
        reach = (x - inside) @ self._a.T
        share = np.where(excess > 0.0, 1.0, 0.0)
        np.divide(excess, reach, out=share, where=(excess > 0.0) & (reach > excess))
        x += share.max(axis=-1, keepdims=True) * np.where(free, inside - x, 0.0)


def _disjoint(a: np.ndarray) -> list[np.ndarray]:
    """Indices of the rows (m, n) in groups that share no column: onto the rows of a group one projects at once."""
    groups: list[list[int]] = []
    for row, touched in enumerate(a != 0.0):
        for group in groups:
            if not np.any(touched & np.any(a[group] != 0.0, axis=0)):
                group.append(row)
                break
        else:
            groups.append([row])
    return [np.array(group) for group in groups]
