"""A physical quantity of a trajectory that no column holds and a network has learned to read (section V-B1)."""

from typing import Protocol

import numpy as np

UNITS = {"base_height": "m", "power": "W", "foot_lift": "m"}
"""Unit of each quantity that there are networks for. Over a window: the mean height of the trunk, the mean mechanical
power of all joints, and the largest clearance of the highest foot."""


class Quantity(Protocol):
    """f_phi(tau^(k), k): what the clean trajectory behind a noisy one amounts to, in physical units."""

    def __call__(self, tau: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The quantity and its derivative.

        Args:
            tau: (M, H, 57) at diffusion level k, physical units. The state of row 0 is clean at every level.
            k: diffusion level, 0 (clean) to K - 1: where reward planning looks (Algorithm 1, line 5).

        Returns:
            (M,) values and (M, H, 57) their derivatives by the trajectories.
        """
        ...
