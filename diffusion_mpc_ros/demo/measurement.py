"""What is read off a run: the robot's motion, the segments' means, whether it fell. No clocks and no transport here."""

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

FALLEN_TILT = math.radians(60.0)
"""Angle between the trunk's z axis and the vertical beyond which no gait of this robot goes."""


@dataclass(frozen=True)
class Motion:
    """One measurement of the robot's motion.

    Attributes:
        time: Monotonic clock of the measuring process, s.
        velocity: (v_x, v_y, yaw rate) in the body frame: m/s, m/s, rad/s.
        height: Of the trunk above the ground, m.
        tilt: Angle between the trunk's z axis and the vertical, rad.
    """

    time: float
    velocity: tuple[float, float, float]
    height: float
    tilt: float


class MotionRecord:
    """Every measurement of a run, in order of time."""

    def __init__(self) -> None:
        self._motions: list[Motion] = []
        self._times: list[float] = []
        self.fell = False
        """Whether the trunk was ever tilted beyond ``FALLEN_TILT``; NaN counts as fallen."""

    def append(self, motion: Motion) -> None:
        """Adds a measurement that is not older than the last."""
        self._motions.append(motion)
        self._times.append(motion.time)
        self.fell = self.fell or not motion.tilt <= FALLEN_TILT

    @property
    def latest(self) -> Motion | None:
        """The newest measurement, None before the first."""
        return self._motions[-1] if self._motions else None

    def mean_velocity(self, start: float, end: float) -> np.ndarray:
        """Mean (v_x, v_y, yaw rate), (3,), over start <= time < end; NaN where nothing was measured."""
        window = self._motions[bisect_left(self._times, start) : bisect_left(self._times, end)]
        if not window:
            return np.full(3, np.nan)
        return np.mean([motion.velocity for motion in window], axis=0)

    def velocities(self) -> tuple[np.ndarray, np.ndarray]:
        """Times, (T,), and velocities, (T, 3), of the whole run."""
        return np.array(self._times), np.array([motion.velocity for motion in self._motions]).reshape(-1, 3)


def percentiles(latencies_ms: list[float]) -> dict[str, float | None]:
    """Median, 99th percentile and maximum of some latencies; None each without any."""
    if not latencies_ms:
        return {"p50": None, "p99": None, "max": None}
    p50, p99 = np.percentile(latencies_ms, (50, 99))
    return {"p50": float(p50), "p99": float(p99), "max": max(latencies_ms)}
