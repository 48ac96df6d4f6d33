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

    def is_overdue(self, tick: int) -> bool:
        """Whether a plan that is due at ``tick`` has not come."""
        return bool(self._open) and tick >= self._open[0] + self._margin
