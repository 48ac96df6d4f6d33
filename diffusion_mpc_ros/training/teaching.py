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
        led: (N, S) which segments it walks.
        segment: ticks.
    """

    def __init__(
        self, planner: Controller, teacher: Callable[[np.ndarray], np.ndarray], led: np.ndarray, segment: int
    ) -> None:
        self._planner, self._teacher, self._led, self._segment = planner, teacher, led, segment

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        segment = min(tick // self._segment, self._led.shape[1] - 1)  # what is left over after the last goes with it
        led = self._led[:, segment]
        targets = self._planner.targets(tick, observation)
        if led.any():
            targets[led] = self._teacher(observation)[led]
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

    def drawn(self, assigned: np.ndarray, segments: int, rng: np.random.Generator) -> np.ndarray:
        """Which segments (N, ``segments``) of robots with the objectives ``assigned`` (N,) the teacher walks."""
        known = ~np.isnan(self.heights[assigned])
        return known[:, None] & (rng.random((len(assigned), segments)) < self.share)

    def exemplary(self, assigned: np.ndarray, led: np.ndarray) -> np.ndarray:
        """Which segments (N, S) may be learned from.

        A planner that is guided to another height follows commands less well, and would learn to; where the teacher
        knows the height, that is left to the teacher.
        """
        guided = (assigned > 0) & ~np.isnan(self.heights[assigned])
        return led | ~guided[:, None]

    def give(
        self, planner: Controller, robot: BatchedGo2, assigned: np.ndarray, led: np.ndarray, segment: int
    ) -> Taught:
        """The planner of robots with the objectives ``assigned`` (N,), and the teacher beside it."""
        return Taught(planner, partial(self.teacher, robot, self.heights[assigned]), led, segment)
