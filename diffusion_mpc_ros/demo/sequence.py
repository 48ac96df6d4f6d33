"""What the demo asks of the robot, and how far off it may be."""

from dataclasses import dataclass

import numpy as np

MEASURED_S = 2.0
"""A segment is judged over its last 2 s: the robot has changed speed by then."""

TOLERANCE = (0.2, 0.2, 0.3)
"""Largest deviation of a segment's mean from its command: m/s, m/s, rad/s."""


@dataclass(frozen=True)
class Segment:
    """A command held for a while.

    Attributes:
        name: For people.
        command: (v_x, v_y, yaw rate) in the body frame: m/s, m/s, rad/s.
        duration: s.
    """

    name: str
    command: tuple[float, float, float]
    duration: float

    @property
    def measured_from(self) -> float:
        """Seconds from the segment's start to where its measurement starts."""
        return max(0.0, self.duration - MEASURED_S)

    def deviation(self, measured: np.ndarray) -> str | None:
        """Says which component of a mean velocity (3,) is off by more than ``TOLERANCE``, None if none is."""
        parts = zip(("v_x", "v_y", "yaw rate"), ("m/s", "m/s", "rad/s"), self.command, measured, TOLERANCE, strict=True)
        wrong = [
            f"{name} {got:+.2f} {unit} instead of {expected:+.2f} (tolerance {limit})"
            for name, unit, expected, got, limit in parts
            if not abs(got - expected) <= limit  # also true of NaN
        ]
        return f"{self.name}: {', '.join(wrong)}" if wrong else None


@dataclass(frozen=True)
class Walked:
    """A segment that was walked, with its start and end on the monotonic clock, s."""

    segment: Segment
    start: float
    end: float

    @property
    def measured_from(self) -> float:
        """When its measurement starts, s."""
        return self.start + self.segment.measured_from


SEQUENCE = (
    Segment("forward", (0.8, 0.0, 0.0), 3.0),
    Segment("turning", (0.5, 0.0, 1.0), 3.0),
    Segment("backward", (-0.8, 0.0, 0.0), 3.0),
    Segment("stopping", (0.0, 0.0, 0.0), 3.0),
)
"""The sequence of the paper's deployment ablation, then a stop as long as the others, to be measured like them."""
