"""Settings of what is watched: when a deviation becomes a fault."""

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class SafetyConfig:
    """Every threshold of the monitors, validated as a whole.

    Raises:
        ValueError: naming the setting, what was expected and what was got.
    """

    late_state_age_s: float = 0.04
    """Age beyond which no plan is made from the robot state: two control ticks."""
    max_state_age_s: float = 0.05
    """Age beyond which the robot state counts as lost. It is looked at once a tick: seen after three at the latest."""
    tilt_limit_deg: float = 60.0
    """Tilt beyond which the robot is falling when it lasts: no gait comes near it."""
    tilt_ticks: int = 5
    """Control ticks the tilt may last, 0.1 s."""
    fall_limit_deg: float = 80.0
    """Tilt beyond which the robot has fallen."""
    overspeed: float = 1.5
    """Joint speed that no motor reaches, as a multiple of its peak speed. Walking exceeds 1 for moments."""
    overspeed_ticks: int = 2
    """Control ticks in a row it takes."""
    max_rejects: int = 3
    """Chunks in a row that are refused until the planner counts as broken."""
    max_out_of_range: int = 10
    """Control ticks of the last 50 on which a plan may ask for more than a joint can do."""
    max_age_ticks: int = 8
    """Age of an observation beyond which its plan is not begun any more, control ticks."""
    unattended_s: float = 30.0
    """Time the robot stands after a fault before it lies down, when nobody asks for anything, s."""
    command_hold_s: float = 2.0
    """Age of the last velocity command from which the walk ends."""
    motor_warm_c: float = 70.0
    """Temperature from which the operator is warned, degrees Celsius."""
    motor_hot_c: float = 85.0
    """Temperature from which the robot lies down: below the 100 at which windings age."""
    battery_low_percent: float = 20.0
    """Charge below which the operator is warned, per cent."""
    battery_critical_percent: float = 10.0
    """Charge below which the robot lies down while it still can."""
    guardian_age_s: float = 0.06
    """Silence of the guardian after which it counts as dead: three control ticks."""
    max_write_failures: int = 2
    """Commands in a row that DDS may refuse."""
    max_missed_ticks: int = 3
    """Control ticks in a row that may be missed."""
    min_free_mb: float = 200.0
    """Room on the disk below which the operator is warned, MB."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"{field.name}: expected a finite value of 0 or more, got {value}")
        for smaller, larger in (
            ("tilt_limit_deg", "fall_limit_deg"),
            ("late_state_age_s", "max_state_age_s"),
            ("motor_warm_c", "motor_hot_c"),
            ("battery_critical_percent", "battery_low_percent"),
        ):
            if getattr(self, smaller) > getattr(self, larger):
                raise ValueError(
                    f"{smaller}: expected at most {getattr(self, larger)} ({larger}), got {getattr(self, smaller)}"
                )
        for name in ("late_state_age_s", "max_state_age_s", "tilt_ticks", "overspeed", "overspeed_ticks"):
            if getattr(self, name) == 0:
                raise ValueError(f"{name}: expected a value above 0, got 0")
