"""Whether a message from the robot is newer than those before it, by the robot's own clock."""

from enum import Enum

RESTART_MS = 1000
"""A clock that goes back further was started anew: the robot was switched off and on."""


class Order(Enum):
    """Where a message belongs among those before it."""

    NEW = "new"
    STUCK = "stuck"
    """The same instant once more: the sender repeats itself."""
    REORDERED = "reordered"
    """An instant that has passed: it was overtaken on its way."""


class Freshness:
    """Compares the robot's clock, ms, from message to message."""

    def __init__(self) -> None:
        self._newest: int | None = None

    def judge(self, tick: int) -> Order:
        """Judge a message by its ``tick``, ms."""
        behind = 0 if self._newest is None else self._newest - tick
        if self._newest is not None and behind == 0:
            return Order.STUCK
        if 0 < behind < RESTART_MS:
            return Order.REORDERED
        self._newest = tick
        return Order.NEW
