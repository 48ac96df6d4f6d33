"""A teacher that takes over now and then: the planner meets states that no demonstration has, and is led on.

Imitation of a demonstrator's own walks says nothing of where the planner's small errors lead. What a teacher does from
there is judged like everything else, and learned from where it is better than what the planner did.
"""

from collections.abc import Callable

import numpy as np

from diffusion_mpc_ros.closed_loop.rollout import Controller
from diffusion_mpc_ros.simulation.batch import BatchedGo2

Teacher = Callable[[np.ndarray, BatchedGo2], np.ndarray]
"""Observations (N, 45) and the robots themselves to joint targets (N, 12) in rad."""


class Taught:
    """A planner whose robots walk by a teacher for some segments (see ``Controller``).

    Args:
        planner: drives the robots otherwise.
        teacher: takes over.
        robot: that is driven.
        shares: (N,) of the segments, robot by robot.
        segment: ticks.
        rng: draws who is taught.
    """

    def __init__(
        self,
        planner: Controller,
        teacher: Teacher,
        robot: BatchedGo2,
        shares: np.ndarray,
        segment: int,
        rng: np.random.Generator,
    ) -> None:
        self._planner, self._teacher, self._robot = planner, teacher, robot
        self._shares, self._segment, self._rng = shares, segment, rng
        self._robots = np.empty(0, np.intp)

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        if tick % self._segment == 0:
            self._robots = np.flatnonzero(self._rng.random(len(observation)) < self._shares)
        targets = self._planner.targets(tick, observation)
        if len(self._robots):
            targets[self._robots] = self._teacher(observation, self._robot)[self._robots]
        return targets
