"""Closed-loop rollouts of many simulated robots, under the deployed planner or another controller."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

import numpy as np

from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.execution.replan import ReplanTrigger
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.observation import build_observation
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.planning.trajectory import JOINT_POSITION, JOINT_VELOCITY, PREVIOUS_ACTION
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, KD, KP, STAND_POSE, TORQUE_LIMIT
from diffusion_mpc_ros.safety.envelope import JointEnvelope
from diffusion_mpc_ros.simulation.batch import BatchedGo2


class Controller(Protocol):
    """Drives N robots, tick by tick."""

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        """Joint targets (N, 12), rad, for control tick ``tick`` from observations (N, 45)."""
        ...


class DeployedPlanner:
    """What the robot runs, for a batch: planner, asynchronous time-line (section IV-D) and envelope.

    The time-line is the twin of ``ChunkBuffer`` with every plan on time: a plan asked for at tick t takes over at
    t + D, for D = 0 at once. Ticks count up from 0. ``objective`` is that of the next plan, and may be replaced
    between ticks.
    """

    def __init__(self, planner: Planner, objective: Objective, config: ControllerConfig) -> None:
        self.objective = objective
        self._planner = planner
        self._margin, self._trigger = config.margin, ReplanTrigger(config.margin, config.replan_period)
        self._commits = config.commits
        self._envelope = JointEnvelope(
            JOINT_LOWER + config.limit_margin, JOINT_UPPER - config.limit_margin, TORQUE_LIMIT, config.max_step
        )
        self._planned: dict[int, np.ndarray] = {}  # (N, 12) by tick

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        if self._trigger.due(tick):
            actions = self._planner.plan(observation, self.objective, tick, self._committed(tick)).actions
            horizon = actions.shape[1]
            self._planned |= {tick + row: actions[:, row] for row in range(self._margin, horizon)}
            self._trigger.requested(tick)
            self._trigger.answered(tick + horizon)
        # Until the first plan takes over, the robot stands.
        wanted = self._planned.pop(tick) if tick in self._planned else np.tile(STAND_POSE, (len(observation), 1))
        last, q, dq = (observation[:, columns] for columns in (PREVIOUS_ACTION, JOINT_POSITION, JOINT_VELOCITY))
        return self._envelope.clamp(wanted, last, q, dq, KP, KD).target

    def _committed(self, tick: int) -> np.ndarray | None:
        """Actions (N, n, 12) from ``tick`` on that are executed before a plan made now takes over, n <= D."""
        ahead = takewhile(self._planned.__contains__, range(tick, tick + (self._margin if self._commits else 0)))
        actions = [self._planned[later] for later in ahead]
        return np.stack(actions, axis=1) if actions else None


@dataclass(frozen=True)
class Tick:
    """The robots after a control tick."""

    velocity: np.ndarray  # (N, 3) v_x, v_y in m/s and yaw rate in rad/s, body frame
    alive: np.ndarray  # (N,) bool: has not fallen so far
    target: np.ndarray  # (N, 12) rad


def rollout(robot: BatchedGo2, controller: Controller, commands: np.ndarray, steps: int) -> Iterator[Tick]:
    """Drive freshly reset robots under commands (N, 3), which may be changed in place between ticks; yields after each
    of ``steps`` ticks.
    """
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
