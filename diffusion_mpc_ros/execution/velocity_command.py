"""The operator's velocity command and what of it is in force."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class VelocityCommand:
    """A velocity command in the body frame, with the monotonic time at which it was received.

    Raises:
        ValueError: naming the component that is NaN or infinite.
    """

    v_x: float
    """Forward velocity, m/s."""
    v_y: float
    """Velocity to the left, m/s."""
    yaw_rate: float
    """Rotation to the left, rad/s."""
    received_s: float
    """Monotonic time of reception, s."""

    def __post_init__(self) -> None:
        for name in ("v_x", "v_y", "yaw_rate", "received_s"):
            if not math.isfinite(getattr(self, name)):
                raise ValueError(f"velocity command {name}: expected a finite value, got {getattr(self, name)}")


def effective_command(
    command: VelocityCommand | None, now_s: float, timeout_s: float, limit: tuple[float, ...]
) -> np.ndarray:
    """The command in force at ``now_s``, (3,): clamped to +-``limit``, zero when there is none or it is too old."""
    if command is None or now_s - command.received_s > timeout_s:
        return np.zeros(3)
    return np.clip([command.v_x, command.v_y, command.yaw_rate], -np.asarray(limit), limit)
