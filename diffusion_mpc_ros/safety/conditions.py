"""What besides the robot's motion bears on safety at one tick."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Conditions:
    """Battery, motors, and the way of the commands to them. The defaults are what all is well looks like."""

    hottest_motor_c: float = 25.0
    """Temperature of the hottest motor, degrees Celsius."""
    battery_percent: float = 100.0
    """State of charge, per cent."""
    guardian_age_s: float = 0.0
    """Time since the guardian last said that it lives, s; infinite without one."""
    deposed: bool = False
    """Whether the guardian took the right to command away."""
    write_failures: int = 0
    """Commands in a row that could not be sent."""
    stalled: bool = False
    """Whether the writer damped by itself because no tick came."""
    second_writer: bool = False
    """Whether somebody else sends commands to the motors."""
    sport_mode: str = ""
    """The robot's own controller that is active; "" for none."""
    free_mb: float = math.inf
    """Room on the disk that logs are written to, MB."""


SOUND = Conditions()
"""Nothing is wrong."""
