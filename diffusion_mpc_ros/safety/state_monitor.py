"""Watches the measured state for loss, for falls and for joints that race."""

import math

import numpy as np

from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES
from diffusion_mpc_ros.safety.faults import Fault, Finding
from diffusion_mpc_ros.safety.joint_array import joint_array
from diffusion_mpc_ros.safety.measurement import Measurement
from diffusion_mpc_ros.safety.safety_config import SafetyConfig


class StateMonitor:
    """Judges each tick's measurement by its age, its tilt and its joint speeds.

    A trunk may swing through ``tilt_limit_deg`` for a moment (a hard push); it counts as tilted after
    ``tilt_ticks`` checks in a row, and as fallen beyond ``fall_limit_deg`` at once.

    Args:
        config: the thresholds.
        velocity_limit: peak joint speeds, (12,), rad/s.
    """

    def __init__(self, config: SafetyConfig, velocity_limit: np.ndarray) -> None:
        self._config = config
        self._speed_limit = config.overspeed * joint_array("velocity_limit", velocity_limit)
        self._ticks_tilted = 0
        self._ticks_racing = 0

    def check(self, measurement: Measurement) -> list[Finding]:
        """Faults of this tick's measurement. Call once a tick: the ticks spent tilted are counted here."""
        if not measurement.is_finite:
            return [Finding(Fault.STATE_CORRUPT, "robot state holds NaN or infinity: check the state messages")]
        return [
            *self._check_age(measurement.age_s),
            *self._check_tilt(math.degrees(measurement.tilt)),
            *self._check_speed(measurement.dq),
        ]

    def can_hold(self, measurement: Measurement) -> bool:
        """Whether a pose can be held: the state is known and the trunk upright."""
        known = measurement.is_finite and measurement.age_s <= self._config.max_state_age_s
        return known and math.degrees(measurement.tilt) <= self._config.tilt_limit_deg

    def _check_age(self, age_s: float) -> list[Finding]:
        if age_s <= self._config.late_state_age_s:
            return []
        late = age_s <= self._config.max_state_age_s
        limit_s = self._config.late_state_age_s if late else self._config.max_state_age_s
        text = f"no new robot state for {1e3 * age_s:.0f} ms (limit {1e3 * limit_s:.0f} ms): "
        return [Finding(Fault.STATE_LATE if late else Fault.STATE_LOST, text + "check the network to the robot")]

    def _check_tilt(self, tilt_deg: float) -> list[Finding]:
        self._ticks_tilted = self._ticks_tilted + 1 if tilt_deg > self._config.tilt_limit_deg else 0
        if tilt_deg > self._config.fall_limit_deg:
            return [Finding(Fault.FALLEN, f"tilt of {tilt_deg:.0f} degrees: put the robot on its feet")]
        if self._ticks_tilted >= self._config.tilt_ticks:
            text = f"tilt of {tilt_deg:.0f} degrees for {self._ticks_tilted} ticks: put the robot on its feet"
            return [Finding(Fault.TILTED, text)]
        return []

    def _check_speed(self, dq: np.ndarray) -> list[Finding]:
        excess = np.abs(dq) / self._speed_limit
        self._ticks_racing = self._ticks_racing + 1 if excess.max() > 1.0 else 0
        if self._ticks_racing < self._config.overspeed_ticks:
            return []
        fastest = int(np.argmax(excess))
        text = f"{JOINT_NAMES[fastest]} moves at {dq[fastest]:.0f} rad/s (limit {self._speed_limit[fastest]:.0f}): "
        return [Finding(Fault.OVERSPEED, text + "check its motor and encoder")]
