"""Watches the measured state for loss and for falls."""

import math

from diffusion_mpc_ros.safety.faults import Fault, Finding
from diffusion_mpc_ros.safety.measurement import Measurement


class StateMonitor:
    """Judges each tick's measurement by its age and its tilt.

    A trunk may swing through ``tilt_limit_deg`` for a moment (a hard push); it counts as tilted after
    ``tilt_ticks`` checks in a row, and as fallen beyond ``fall_limit_deg`` at once.
    """

    def __init__(self, max_age_s: float, tilt_limit_deg: float, tilt_ticks: int, fall_limit_deg: float) -> None:
        self._max_age_s = max_age_s
        self._tilt_limit_deg = tilt_limit_deg
        self._tilt_ticks = tilt_ticks
        self._fall_limit_deg = fall_limit_deg
        self._ticks_tilted = 0

    def check(self, measurement: Measurement) -> list[Finding]:
        """Faults of this tick's measurement. Call once a tick: the ticks spent tilted are counted here."""
        if not measurement.is_finite:
            return [Finding(Fault.STATE_CORRUPT, "robot state holds NaN or infinity: check the state messages")]
        return self._check_age(measurement.age_s) + self._check_tilt(math.degrees(measurement.tilt))

    def _check_age(self, age_s: float) -> list[Finding]:
        if age_s <= self._max_age_s:
            return []
        text = (
            f"no robot state for {1e3 * age_s:.0f} ms (limit {1e3 * self._max_age_s:.0f} ms): "
            "check the network to the robot"
        )
        return [Finding(Fault.STATE_LOST, text)]

    def _check_tilt(self, tilt_deg: float) -> list[Finding]:
        self._ticks_tilted = self._ticks_tilted + 1 if tilt_deg > self._tilt_limit_deg else 0
        if tilt_deg > self._fall_limit_deg:
            return [Finding(Fault.FALLEN, f"tilt of {tilt_deg:.0f} degrees: put the robot on its feet")]
        if self._ticks_tilted >= self._tilt_ticks:
            text = f"tilt of {tilt_deg:.0f} degrees for {self._ticks_tilted} ticks: put the robot on its feet"
            return [Finding(Fault.TILTED, text)]
        return []
