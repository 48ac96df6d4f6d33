"""When to ask for the next plan."""


class ReplanTrigger:
    """Says at which ticks of an epoch a plan is requested.

    The first request is due at tick 0. With a ``period``, a further one is due every so many ticks, answered or not.
    Without, it is due D ticks before the newest plan ends (section IV-D): H - D after its observation, whatever the
    horizon H of the model that made it. A request that no plan has answered when the plan should have taken over, D
    ticks later, counts as lost and is repeated from a fresh observation every D ticks: neither a lost request nor a
    lost chunk can end the walk's planning, and a planner that is merely slow is not flooded.

    Args:
        margin: D.
        period: ticks, 0 for none.
    """

    def __init__(self, margin: int, period: int = 0) -> None:
        self._margin = margin
        self._period = period
        self._due_tick = 0
        self._retry_tick = 0

    def due(self, tick: int) -> bool:
        """Whether to request a plan from the observation of ``tick``."""
        return tick >= max(self._due_tick, self._retry_tick)

    def requested(self, tick: int) -> None:
        """A plan was requested from the observation of ``tick``."""
        self._retry_tick = tick + (self._period or max(1, self._margin))

    def answered(self, end_tick: int) -> None:
        """A plan was accepted whose last target is that of the tick before ``end_tick``."""
        if self._period == 0:
            self._due_tick = max(self._due_tick, end_tick - self._margin)
