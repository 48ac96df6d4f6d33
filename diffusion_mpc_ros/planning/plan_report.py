"""What a plan tells of itself: a row of named numbers, for plots and records."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.planning.planner import Plan
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.stopwatch import PHASES

LATENCIES = ("total", *PHASES)
OF_THE_PLAN = (
    *("tick", "revision", "candidates", "score.best", "score.spread", "clipped", "refreshed"),
    *(f"latency_ms.{phase}" for phase in LATENCIES),
    *(f"{what}.{axis}" for what in ("velocity", "correction") for axis in ("x", "y", "yaw")),
)
"""Numbers that every plan has; those of the reward terms follow."""


@dataclass(frozen=True)
class PlanReport:
    """Reports plans as rows of the same numbers, each at the same place in every row.

    =================  =================================================================================
    tick               control tick planned for
    revision           of the objective planned for
    candidates         N
    score.best         reward of the best candidate
    score.spread       how much more that is than the reward of the worst
    clipped            share of the plan's values that the last projection moved
    refreshed          1 if the plan started from noise, 0 if from the plan before
    latency_ms.PHASE   time spent, in total and on each phase, ms
    velocity.AXIS      measured, m/s and rad/s
    correction.AXIS    of the command, by velocity feedback, m/s and rad/s
    TERM.before        value of a reward term, not weighted, on the first estimate, before any guidance
    TERM.after         the same on the plan
    =================  =================================================================================

    What does not apply is NaN: the scores when nothing was ranked, velocities without feedback, the terms
    of weight zero.

    Attributes:
        terms: names of all reward terms, in the order in which they are reported.
    """

    terms: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """S names, in the order of the numbers."""
        return *OF_THE_PLAN, *(f"{term}.{when}" for term in self.terms for when in ("before", "after"))

    def rows(self, plan: Plan, reward: CompositeReward, tick: int) -> np.ndarray:
        """(B, S) numbers of the plans of B robots, made for ``reward`` from observations of ``tick``."""
        num_robots, candidates = plan.scores.shape
        ranked = candidates > 1 and bool(reward)
        of_the_plan = [
            tick,
            plan.revision,
            candidates,
            plan.scores.max(axis=1) if ranked else np.nan,
            np.ptp(plan.scores, axis=1) if ranked else np.nan,
            plan.clipped,
            plan.refreshed,
            *(1e3 * plan.latency_s[phase] for phase in LATENCIES),
            *_pursued(plan),
        ]
        rows = np.full((num_robots, len(self.names)), np.nan)
        for column, number in enumerate(of_the_plan):
            rows[:, column] = number
        # One batch for both: a learned term costs a run of its network each time.
        values = reward.values(np.concatenate([plan.first, plan.tau]), 0)
        for index, term in enumerate(self.terms):
            if term in values:
                column = len(OF_THE_PLAN) + 2 * index
                rows[:, column : column + 2] = values[term].reshape(2, num_robots).T
        return rows


def _pursued(plan: Plan) -> np.ndarray:
    """(6, B) velocity and correction."""
    if plan.pursuit is None:
        return np.full((6, len(plan.tau)), np.nan)
    return np.concatenate([plan.pursuit.velocity, plan.pursuit.correction], axis=1).T
