"""The velocity commands that walking is judged by."""

from collections.abc import Sequence

COMMANDS = (
    (0.5, 0.0, 0.0),
    (0.7, 0.0, 0.0),
    (1.0, 0.0, 0.0),
    (-0.8, 0.0, 0.0),
    (0.0, 0.4, 0.0),
    (0.0, 0.0, 1.0),
)
"""v_x, v_y in m/s, yaw rate in rad/s: the speeds of Table III, then backward, sideways and turning."""


def command_text(command: Sequence[float]) -> str:
    """A command as a title: `-0.8 0 0`."""
    return " ".join(f"{value:g}" for value in command)
