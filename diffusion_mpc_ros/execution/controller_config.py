"""Settings of the controller."""

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class ControllerConfig:
    """Every setting of the controller, validated as a whole.

    Raises:
        ValueError: naming the setting, what was expected and what was got.
    """

    margin: int = 3
    """Ticks a plan may take before it takes over, D (section IV-D); a plan has to be longer."""
    grace_ticks: int = 3
    """Ticks a walk may go on by holding its last target. One retry of a lost request, made when the plan is found
    missing, takes D = 3 ticks to drive again."""
    first_plan_ticks: int = 50
    """Ticks to wait for the first plan of a walk: the robot still stands, and a planner may be warming up."""
    command_limit: tuple[float, float, float] = (1.0, 0.5, 1.0)
    """Largest v_x, v_y in m/s and yaw rate in rad/s: what the planner was trained on."""
    command_timeout_s: float = 0.5
    """Age beyond which a velocity command counts as zero: five missed messages of a 10 Hz teleoperation."""
    max_state_age_s: float = 0.06
    """Age beyond which the robot state counts as lost: three control ticks, thirty state messages."""
    tilt_limit_deg: float = 60.0
    """Tilt beyond which the robot is falling when it lasts: no gait comes near it."""
    tilt_ticks: int = 5
    """Control ticks the tilt may last, 0.1 s."""
    fall_limit_deg: float = 80.0
    """Tilt beyond which the robot has fallen."""
    damping_kd: float = 3.0
    """Derivative gain while damping, N m s/rad: the robot sinks within a second instead of dropping."""
    limit_margin: float = 0.02
    """Distance kept from the mechanical joint limits, rad: about the tracking error at 1 N m."""
    max_step: float = 0.6
    """Largest change of a target in one tick, rad: the fastest motor (30.1 rad/s) moves that far in 20 ms."""
    fold_s: float = 1.0
    """Time from the pose the robot is found in to the lie pose, s."""
    rise_s: float = 1.5
    """Time from the lie pose to the stand pose, s."""
    settle_s: float = 0.5
    """Time from walking to the stand pose, s: about one stride."""
    sit_s: float = 2.0
    """Time from the stand pose to the lie pose, s."""
    gain_fade_s: float = 0.5
    """Time over which the position gain grows before rising and falls after sitting, s."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            numbers = value if isinstance(value, tuple) else (value,)
            if not all(math.isfinite(number) and number >= 0.0 for number in numbers):
                raise ValueError(f"{field.name}: expected finite values of 0 or more, got {value}")
        if len(self.command_limit) != 3:
            raise ValueError(f"command_limit: expected 3 values, got {self.command_limit}")
        if self.tilt_limit_deg > self.fall_limit_deg:
            raise ValueError(
                f"tilt_limit_deg: expected at most {self.fall_limit_deg} (fall_limit_deg), got {self.tilt_limit_deg}"
            )
        for name in (
            "margin",
            "damping_kd",
            "max_step",
            "fold_s",
            "rise_s",
            "settle_s",
            "sit_s",
            "max_state_age_s",
            "tilt_ticks",
        ):
            if getattr(self, name) == 0.0:
                raise ValueError(f"{name}: expected a value above 0, got 0")
