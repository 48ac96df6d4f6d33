"""Settings are validated as a whole and name the culprit."""

from dataclasses import fields
from typing import Any

import pytest

from diffusion_mpc_ros.execution.controller_config import ControllerConfig


@pytest.mark.parametrize("name", [field.name for field in fields(ControllerConfig)])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1])
def test_refuses_values_that_are_no_setting(name: str, value: float) -> None:
    settings: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=f"{name}: expected a finite value of 0 or more"):
        ControllerConfig(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fold_s": 0.0}, "fold_s: expected a value above 0"),
        ({"tilt_limit_deg": 85.0}, "tilt_limit_deg: expected at most 80.0"),
        ({"settle_s": 0.0}, "settle_s: expected a value above 0"),
    ],
)
def test_refuses_settings_that_contradict(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ControllerConfig(**settings)
