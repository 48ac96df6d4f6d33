"""Notices at the due tick that a plan has not come."""


class AnswerWatch:
    """Knows the requests of a walk that no plan has answered. A plan of tick t is due at t + ``margin``.

    A plan answers its own request and every earlier one: what they asked for is of no use any more.
    """

    def __init__(self, margin: int) -> None:
        self._margin = margin
        self._open: list[int] = []

    def requested(self, tick: int) -> None:
        """A plan was requested from the observation of ``tick``."""
        self._open.append(tick)

    def answered(self, start_tick: int) -> None:
        """A plan from the observation of ``start_tick`` was accepted."""
        self._open = [tick for tick in self._open if tick > start_tick]

    def ticks_overdue(self, tick: int) -> int | None:
        """For how long the oldest open request is due at ``tick``, 0 at its due tick; None if none is due."""
        if not self._open or tick < self._open[0] + self._margin:
            return None
        return tick - self._open[0] - self._margin
