"""When to ask for the next plan."""


class ReplanTrigger:
    """Says at which ticks of an epoch a plan is requested (section IV-D).

    The first request is due at tick 0 and each further one H - D ticks after the observation of the newest plan. A
    request that no plan has answered when the plan should have taken over, D ticks later, counts as lost and is
    repeated from a fresh observation every D ticks: neither a lost request nor a lost chunk can end the walk's
    planning, and a planner that is merely slow is not flooded.
    """

    def __init__(self, horizon: int, margin: int) -> None:
        self._period = horizon - margin
        self._patience = margin
        self._due_tick = 0
        self._retry_tick = 0

    def due(self, tick: int) -> bool:
        """Whether to request a plan from the observation of ``tick``."""
        return tick >= max(self._due_tick, self._retry_tick)

    def requested(self, tick: int) -> None:
        """A plan was requested from the observation of ``tick``."""
        self._retry_tick = tick + self._patience

    def answered(self, start_tick: int) -> None:
        """A plan from the observation of ``start_tick`` was accepted."""
        self._due_tick = max(self._due_tick, start_tick + self._period)
