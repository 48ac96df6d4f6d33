"""As many candidates and reverse steps as there is time for: what a plan costs is measured, plan by plan."""

import math
from dataclasses import replace

from diffusion_mpc_ros.planning.objective import Objective

SPARE = 0.8
"""Share of the deadline that is planned for: latencies scatter by about a tenth on a quiet machine."""
GROWTH = 1.1
"""Most that the work grows from one plan to the next: it shrinks at once, and doubles in eight plans."""
LEAST_STEPS = 3
"""Fewest reverse steps: those of the paper's fastest setting (Table VI, C)."""


class Scheduler:
    """Chooses each plan's candidates and steps by what the plan before it took.

    A plan's time is about proportional to its work, N candidates times K steps. Candidates go first, since ranking a
    few fewer is hardly worse. Steps go when one candidate is still too slow, and come back first.
    """

    def __init__(self) -> None:
        self._affordable = math.inf
        self._work = 0

    def paced(self, objective: Objective) -> Objective:
        """The objective with as many candidates and steps, of those it asks for, as its deadline allows."""
        asked = objective.sampling
        if asked.deadline_ms == 0.0:
            self._affordable = math.inf
            return objective
        least = min(asked.steps, max(LEAST_STEPS, objective.warm_start.steps + 1))
        affordable = int(min(self._affordable, asked.candidates * asked.steps))
        candidates = max(1, affordable // asked.steps)
        steps = max(least, min(asked.steps, affordable // candidates))
        self._work = candidates * steps
        return replace(objective, sampling=replace(asked, candidates=candidates, steps=steps))

    def took(self, seconds: float, deadline_ms: float) -> None:
        """The plan made for the last paced objective took so long."""
        if deadline_ms == 0.0:
            return
        allowed = self._work * SPARE * 1e-3 * deadline_ms / max(seconds, 1e-6)
        # By ten at least, or growth by a share of very little would never come to anything.
        self._affordable = min(allowed, max(GROWTH * self._work, self._work + 10))
