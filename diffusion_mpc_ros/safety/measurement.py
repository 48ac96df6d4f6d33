"""What control and safety need to know of the robot at one tick."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Measurement:
    """The newest robot state when a control tick begins, joints in joint order.

    Values are taken as they come off the wire; ``StateMonitor`` judges them.
    """

    q: np.ndarray
    """Joint positions, (12,), rad."""
    dq: np.ndarray
    """Joint velocities, (12,), rad/s."""
    gravity: np.ndarray
    """Unit vector of gravity in the body frame, (3,); level is (0, 0, -1)."""
    angular_velocity: np.ndarray
    """Trunk angular velocity in the body frame, (3,), rad/s."""
    age_s: float
    """Time since the state was received, s."""

    @property
    def tilt(self) -> float:
        """Angle between the trunk's vertical axis and the world's, rad."""
        return float(np.arccos(np.clip(-self.gravity[2], -1.0, 1.0)))

    @property
    def is_finite(self) -> bool:
        """Whether no value is NaN or infinite."""
        arrays = (self.q, self.dq, self.gravity, self.angular_velocity)
        return all(bool(np.isfinite(array).all()) for array in arrays)
