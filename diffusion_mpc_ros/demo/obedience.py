"""How soon plans, actions and legs obey a set call, read off what the stack publishes. No clocks and no transport here.

All times are on the ROS clock, in s.
"""

import math
from dataclasses import dataclass, field

import numpy as np

TICK_S = 0.02
"""A control tick."""
WITHIN_S = 1.0
"""How long the legs get after the set call has returned."""
WINDOW_S = 0.5
"""What a mean over the gait is taken over: about a stride."""


@dataclass(frozen=True)
class SetCall:
    """When a set call was made and when it returned."""

    made: float
    returned: float


@dataclass(frozen=True)
class PlanUse:
    """The first use of a plan, which is named by the tick of its observation."""

    time: float
    plan_tick: int
    first_tick: int


@dataclass(frozen=True)
class Obedience:
    """What came of a set call.

    Attributes:
        ticks_to_plan: From the call's return to the observation of the first plan that was used under it.
        ticks_to_action: On to that plan's first action.
        ms_to_action: The same by the clock.
        calf_before: Mean angle before the call, rad.
        calf_after: Mean angle in the last ``WINDOW_S`` of the ``WITHIN_S`` after its return, rad.
        share: Of the way to the goal that the calves had gone by then.
    """

    ticks_to_plan: float
    ticks_to_action: float
    ms_to_action: float
    calf_before: float
    calf_after: float
    share: float

    @property
    def plan_ticks(self) -> float:
        """From the observation of the first plan used to its first action: the plan latency."""
        return self.ticks_to_action - self.ticks_to_plan


@dataclass
class LiveRecord:
    """Everything heard during a walk, in order of time."""

    revisions: dict[int, int] = field(default_factory=dict)
    """Of the objective that each plan was made for, by the tick of the plan."""
    uses: list[PlanUse] = field(default_factory=list)
    calves: list[tuple[float, float]] = field(default_factory=list)
    """When, and the mean angle of the two rear calves, rad."""

    def calf(self, start: float, end: float) -> float:
        """Mean angle of the rear calves over start <= time < end, rad; NaN where nothing was measured."""
        window = [angle for time, angle in self.calves if start <= time < end]
        return float(np.mean(window)) if window else math.nan

    def obedience(self, call: SetCall, goal: float) -> Obedience | None:
        """What came of a set call that asked the rear calves to ``goal``, rad; None if no plan was used under it."""
        known = [use for use in self.uses if use.plan_tick in self.revisions]
        in_use = [use for use in known if use.time <= call.made]
        if not in_use:
            return None
        old = self.revisions[in_use[-1].plan_tick]
        first = next((use for use in known if self.revisions[use.plan_tick] > old), None)
        if first is None:
            return None
        tick = in_use[-1].first_tick + (call.returned - in_use[-1].time) / TICK_S
        before, after = (self.calf(end - WINDOW_S, end) for end in (call.returned, call.returned + WITHIN_S))
        return Obedience(
            ticks_to_plan=first.plan_tick - tick,
            ticks_to_action=first.first_tick - tick,
            ms_to_action=1e3 * (first.time - call.returned),
            calf_before=before,
            calf_after=after,
            share=(after - before) / (goal - before),
        )
