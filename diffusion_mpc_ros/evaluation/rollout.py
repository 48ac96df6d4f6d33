"""Closed-loop rollouts of many simulated robots: under the deployed planner, or under the demonstrator."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.observation import build_observation
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, STAND_POSE
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.training.demonstrator import Demonstrator


class Controller(Protocol):
    """Drives N robots, tick by tick."""

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        """Joint targets (N, 12), rad, for control tick ``tick`` from observations (N, 45)."""
        ...


class AsynchronousPlanner:
    """The executor's time-line (section IV-D) for a batch: the twin of ``ChunkBuffer`` and ``ReplanTrigger``.

    A plan asked for at tick t takes over at t + margin; the next is asked for at t + horizon - margin.
    """

    def __init__(self, planner: Planner, objective: Objective, horizon: int, margin: int) -> None:
        self._planner, self._objective = planner, objective
        self._horizon, self._margin = horizon, margin
        self._executing: tuple[int, np.ndarray] | None = None
        self._next: tuple[int, np.ndarray] | None = None

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        if tick % (self._horizon - self._margin) == 0:
            self._next = tick, self._planner.plan(observation, self._objective, tick).actions
        if self._next is not None and tick == self._next[0] + self._margin:
            self._executing = self._next
        if self._executing is None:
            return np.tile(STAND_POSE, (len(observation), 1))
        start, actions = self._executing
        return np.clip(actions[:, tick - start], JOINT_LOWER, JOINT_UPPER)


class DemonstratorController:
    """The demonstrator at every tick, for comparison."""

    def __init__(self, demonstrator: Demonstrator, height: float) -> None:
        self._demonstrator, self._height = demonstrator, height

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        return self._demonstrator(observation, np.full(len(observation), self._height))


@dataclass(frozen=True)
class Tick:
    """The robots after a control tick."""

    velocity: np.ndarray  # (N, 3) v_x, v_y in m/s and yaw rate in rad/s, body frame
    alive: np.ndarray  # (N,) bool: has not fallen so far
    target: np.ndarray  # (N, 12) rad


def rollout(robot: BatchedGo2, controller: Controller, commands: np.ndarray, steps: int) -> Iterator[Tick]:
    """Drive freshly reset robots under constant commands (N, 3), yielding after each of ``steps`` ticks."""
    alive = np.ones(robot.num_envs, dtype=bool)
    target = np.tile(STAND_POSE, (robot.num_envs, 1))
    for tick in range(steps):
        omega, gravity, q, dq = robot.sense()
        observation = build_observation(omega, gravity, commands, q, dq, target)
        target = controller.targets(tick, observation)
        robot.step(target)
        alive = alive & ~robot.fallen()
        velocity = np.column_stack([robot.linear_velocity()[:, :2], robot.angular_velocity()[:, 2]])
        yield Tick(velocity, alive, target)
