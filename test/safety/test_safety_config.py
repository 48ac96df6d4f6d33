"""Thresholds that contradict each other are refused."""

from typing import Any

import pytest

from diffusion_mpc_ros.safety.faults import DOORS, RULES
from diffusion_mpc_ros.safety.safety_config import SafetyConfig


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tilt_limit_deg": 85.0}, r"tilt_limit_deg: expected at most 80.0 \(fall_limit_deg\), got 85.0"),
        ({"late_state_age_s": 0.07}, "late_state_age_s: expected at most 0.05"),
        ({"motor_warm_c": 90.0}, "motor_warm_c: expected at most 85.0"),
        ({"battery_critical_percent": 30.0}, "battery_critical_percent: expected at most 20.0"),
        ({"tilt_ticks": 0}, "tilt_ticks: expected a value above 0"),
        ({"overspeed": float("nan")}, "overspeed: expected a finite value of 0 or more"),
    ],
)
def test_refuses(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SafetyConfig(**settings)


def test_every_threshold_is_in_the_table() -> None:
    told = {name for rule in (*RULES.values(), *DOORS) for name in rule.parameters}
    assert set(SafetyConfig.__dataclass_fields__) <= told
