"""A teacher that takes over now and then: the planner meets states that no demonstration has, and is led on.

Imitation of a demonstrator's own walks says nothing of where the planner's small errors lead. What a teacher does from
there is judged like everything else, and learned from where it is better than what the planner did.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from diffusion_mpc_ros.closed_loop.rollout import Controller
from diffusion_mpc_ros.simulation.batch import BatchedGo2

Teacher = Callable[[BatchedGo2, np.ndarray, np.ndarray], np.ndarray]
"""The robots themselves, the heights (N,) that they shall carry their trunks at, m, and observations (N, 45) to joint
targets (N, 12), rad."""


class Taught:
    """A planner whose robots walk by a teacher for some segments (see ``Controller``).

    Args:
        planner: drives the robots otherwise.
        teacher: takes over: observations (N, 45) to joint targets (N, 12), rad.
        shares: (N,) of the segments, robot by robot.
        segment: ticks.
        rng: draws who is taught.
    """

    def __init__(
        self,
        planner: Controller,
        teacher: Callable[[np.ndarray], np.ndarray],
        shares: np.ndarray,
        segment: int,
        rng: np.random.Generator,
    ) -> None:
        self._planner, self._teacher = planner, teacher
        self._shares, self._segment, self._rng = shares, segment, rng
        self._robots = np.empty(0, np.intp)

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        if tick % self._segment == 0:
            self._robots = np.flatnonzero(self._rng.random(len(observation)) < self._shares)
        targets = self._planner.targets(tick, observation)
        if len(self._robots):
            targets[self._robots] = self._teacher(observation)[self._robots]
        return targets


@dataclass(frozen=True)
class Lessons:
    """What there is to be taught.

    Attributes:
        teacher: leads.
        heights: (objectives,) that it carries the trunk at for each objective, m; NaN for what it does not know.
        share: of the segments, where it knows.
    """

    teacher: Teacher
    heights: np.ndarray
    share: float

    def give(
        self, planner: Controller, robot: BatchedGo2, assigned: np.ndarray, segment: int, rng: np.random.Generator
    ) -> Taught:
        """The planner of robots with the objectives ``assigned`` (N,), and the teacher beside it."""
        heights = self.heights[assigned]
        shares = np.where(np.isnan(heights), 0.0, self.share)
        return Taught(planner, partial(self.teacher, robot, heights), shares, segment, rng)
