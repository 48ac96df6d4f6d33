"""Battery, motors and the way of the commands: what is seen, and how soon."""

import math
from dataclasses import replace
from typing import Any

import pytest

from diffusion_mpc_ros.safety.conditions import SOUND
from diffusion_mpc_ros.safety.conditions_monitor import ConditionsMonitor
from diffusion_mpc_ros.safety.faults import Fault
from diffusion_mpc_ros.safety.safety_config import SafetyConfig

T = 0.02


def seen_after(fault: Fault, **conditions: Any) -> float | None:
    """Seconds until the fault is found in conditions that last, at 50 checks a second; None if never in 15 s."""
    monitor = ConditionsMonitor(SafetyConfig())
    spoilt = replace(SOUND, **conditions)
    for tick in range(750):
        if fault in [finding.fault for finding in monitor.check(spoilt, 100.0 + tick * T)]:
            return tick * T
    return None


@pytest.mark.parametrize(
    ("fault", "conditions", "within_s"),
    [
        (Fault.MOTORS_WARM, {"hottest_motor_c": 71.0}, 1.0),
        (Fault.MOTORS_HOT, {"hottest_motor_c": 86.0}, 1.0),
        (Fault.MOTORS_HOT, {"hottest_motor_c": math.nan}, 1.0),
        (Fault.BATTERY_LOW, {"battery_percent": 19.0}, 10.0),
        (Fault.BATTERY_CRITICAL, {"battery_percent": 9.0}, 2.0),
        (Fault.DEPOSED, {"deposed": True}, 0.0),
        (Fault.GUARDIAN_LOST, {"guardian_age_s": 0.061}, 0.0),
        (Fault.GUARDIAN_LOST, {"guardian_age_s": math.inf}, 0.0),
        (Fault.WRITES_FAIL, {"write_failures": 3}, 0.0),
        (Fault.LOOP_HUNG, {"stalled": True}, 0.0),
        (Fault.SECOND_WRITER, {"second_writer": True}, 0.0),
        (Fault.SPORT_MODE, {"sport_mode": "normal"}, 0.0),
        (Fault.DISK_FULL, {"free_mb": 199.0}, 0.0),
    ],
)
def test_is_seen_in_time(fault: Fault, conditions: dict[str, Any], within_s: float) -> None:
    assert seen_after(fault, **conditions) == pytest.approx(within_s, abs=T)


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"hottest_motor_c": 70.0},
        {"battery_percent": 20.0},
        {"guardian_age_s": 0.06},
        {"write_failures": 2},
        {"free_mb": 200.0},
    ],
)
def test_what_is_within_limits_is_no_fault(conditions: dict[str, Any]) -> None:
    monitor = ConditionsMonitor(SafetyConfig())
    assert all(monitor.check(replace(SOUND, **conditions), tick * T) == [] for tick in range(600))


def test_a_dip_of_the_battery_is_forgiven() -> None:
    monitor = ConditionsMonitor(SafetyConfig())
    dip = replace(SOUND, battery_percent=5.0)
    assert all(monitor.check(dip if tick % 50 else SOUND, tick * T) == [] for tick in range(600))
