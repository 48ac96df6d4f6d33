"""Watches motors, battery, and the way of the commands to the motors."""

from diffusion_mpc_ros.safety.conditions import Conditions
from diffusion_mpc_ros.safety.faults import Fault, Finding
from diffusion_mpc_ros.safety.persistence import Persistence
from diffusion_mpc_ros.safety.safety_config import SafetyConfig

HEAT_S = 1.0
BATTERY_LOW_S = 10.0
BATTERY_CRITICAL_S = 2.0
"""A load step pulls the voltage down, and with it the estimated charge, for about a second."""


class ConditionsMonitor:
    """Judges each tick's conditions."""

    def __init__(self, config: SafetyConfig) -> None:
        self._config = config
        self._warm, self._hot = Persistence(HEAT_S), Persistence(HEAT_S)
        self._low, self._critical = Persistence(BATTERY_LOW_S), Persistence(BATTERY_CRITICAL_S)

    def check(self, conditions: Conditions, now_s: float) -> list[Finding]:
        """Faults of the conditions at ``now_s`` (monotonic, s). What is NaN counts as beyond its limit."""
        return [*self._check_body(conditions, now_s), *self._check_commands(conditions)]

    def _check_body(self, seen: Conditions, now_s: float) -> list[Finding]:
        config = self._config
        hottest, charge = seen.hottest_motor_c, seen.battery_percent
        checks = (
            (self._hot.lasts(not hottest <= config.motor_hot_c, now_s), Fault.MOTORS_HOT),
            (self._warm.lasts(not hottest <= config.motor_warm_c, now_s), Fault.MOTORS_WARM),
            (self._critical.lasts(not charge >= config.battery_critical_percent, now_s), Fault.BATTERY_CRITICAL),
            (self._low.lasts(not charge >= config.battery_low_percent, now_s), Fault.BATTERY_LOW),
        )
        texts = {
            Fault.MOTORS_HOT: f"a motor is at {hottest:.0f} degrees Celsius: let it cool",
            Fault.MOTORS_WARM: f"a motor is at {hottest:.0f} degrees Celsius: let it cool",
            Fault.BATTERY_CRITICAL: f"battery at {charge:.0f} %: charge it",
            Fault.BATTERY_LOW: f"battery at {charge:.0f} %: charge it soon",
        }
        return [Finding(fault, texts[fault]) for lasts, fault in checks if lasts]

    def _check_commands(self, seen: Conditions) -> list[Finding]:
        config = self._config
        checks = (
            (seen.deposed, Fault.DEPOSED, "the guardian has taken over: see its log, then stand"),
            (
                not seen.guardian_age_s <= config.guardian_age_s,
                Fault.GUARDIAN_LOST,
                f"no guardian for {1e3 * seen.guardian_age_s:.0f} ms: start it (ros2 run diffusion_mpc_ros guardian)",
            ),
            (
                seen.write_failures > config.max_write_failures,
                Fault.WRITES_FAIL,
                f"{seen.write_failures} commands in a row could not be sent: check the network to the robot",
            ),
            (seen.stalled, Fault.LOOP_HUNG, "the control loop hung and its writer damped: see the log, then stand"),
            (seen.second_writer, Fault.SECOND_WRITER, "another program commands the motors: end it, then stand"),
            (
                bool(seen.sport_mode),
                Fault.SPORT_MODE,
                f"sport mode '{seen.sport_mode}' is active: lay the robot down and restart the executor",
            ),
            (
                not seen.free_mb >= config.min_free_mb,
                Fault.DISK_FULL,
                f"{seen.free_mb:.0f} MB left for logs: make room",
            ),
        )
        return [Finding(fault, text) for present, fault, text in checks if present]
