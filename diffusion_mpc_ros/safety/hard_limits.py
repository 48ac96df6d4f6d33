"""What no parameter can widen: the last check before a frame is encoded."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.planning.trajectory import DT, JOINT_NAMES

MAX_STEP = 0.6
"""Largest change of a target in one control tick, rad: the fastest motor (30.1 rad/s) moves that far in 20 ms."""
MAX_TARGET_SPEED = MAX_STEP / DT
"""The same from one frame to the next, rad/s."""
MAX_DAMPING_KD = 10.0
"""Largest derivative gain, N m s/rad: above it the motors' own velocity estimate makes the joints chatter."""
TOLERANCE = 1e-6
"""Rounding of float64 sums, rad."""


@dataclass(frozen=True, eq=False)
class HardLimits:
    """The mechanical range and the largest gains."""

    lower: np.ndarray
    """Mechanical lower joint limits, (12,), rad."""
    upper: np.ndarray
    """Mechanical upper joint limits, (12,), rad."""
    kp: float
    """Largest proportional gain, N m/rad."""

    def check(self, q: np.ndarray, kp: float, kd: float) -> None:
        """Let a set-point pass whose motors track a position: ``q`` (12,) rad, N m/rad, N m s/rad.

        Raises:
            ValueError: naming the joint or the gain that is beyond its limit.
        """
        if not 0.0 <= kp <= self.kp:
            raise ValueError(f"kp: expected 0 to {self.kp:g}, got {kp:g}")
        if not 0.0 <= kd <= MAX_DAMPING_KD:
            raise ValueError(f"kd: expected 0 to {MAX_DAMPING_KD:g}, got {kd:g}")
        if kp == 0.0:
            return  # where to does not matter
        inside = (q >= self.lower - TOLERANCE) & (q <= self.upper + TOLERANCE)  # false of NaN
        if not inside.all():
            joint = int(np.argmin(inside))
            raise ValueError(
                f"q: expected {self.lower[joint]:.4f} to {self.upper[joint]:.4f} for {JOINT_NAMES[joint]}, "
                f"got {q[joint]:.4f}"
            )
