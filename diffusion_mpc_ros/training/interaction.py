"""The deployed planner let loose in randomised simulation, explored with, and recorded (section IV-C)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from diffusion_mpc_ros.closed_loop.rollout import Controller, DeployedPlanner
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.observation import build_observation
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.planning.trajectory import ACTION, ACTION_DIM, COMMAND, DT, PREVIOUS_ACTION, STATE, WIDTH
from diffusion_mpc_ros.planning.velocity_feedback import STANDING
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, STAND_POSE
from diffusion_mpc_ros.simulation.batch import BatchedGo2, rotate_inverse
from diffusion_mpc_ros.simulation.commands import CORRECTED, CommandConfig, CommandSampler
from diffusion_mpc_ros.simulation.go2 import FOOT_RADIUS
from diffusion_mpc_ros.simulation.randomization import REAL, TABLE_I, Randomization
from diffusion_mpc_ros.training.returns import ReturnWeights

DELAYED = replace(TABLE_I, action_delay=REAL.action_delay, mixed_share=0.25)
"""With margin 0, motors hear of a target when its plan is made: 5 to 15 ms into the tick of the observation."""


@dataclass(frozen=True)
class InteractionConfig:
    """A round of rollouts."""

    num_envs: int = 256
    shards: int = 4
    """Parts that the robots are rolled out in, each with randomness of its own; processes share them."""
    steps: int = 300
    """Control ticks of a rollout."""
    replicas: int = 8
    """Robots in a row of the same physics, command and objective: each is judged by what it did better than they."""
    segment: int = 25
    """Ticks that are judged as one, and during which the command stays."""
    outlook: int = 50
    """Ticks after a segment that count as its consequences."""
    noise_std: tuple[float, float] = (0.02, 0.02)
    """Largest deviation of the noise on the joint targets in the first and in the last round, rad. A robot's own is
    anywhere below."""
    noise_memory: float = 0.9
    """Correlation of the noise from one tick to the next: jitter explores nothing."""
    command_deviation: float = 0.0
    """Largest deviation of the command planned for from the one that is judged by and learned, m/s and rad/s, drawn for
    each robot and segment: what walks too slow on this robot is shown what walks faster."""
    randomization: Randomization = DELAYED
    commands: CommandConfig = CORRECTED
    timelines: tuple[tuple[int, int], ...] = ((1, 1), (1, 4), (1, 1), (3, 0))
    """Margin D and replan period that planners are deployed with, by turns, a shard each: the executor's own, plans
    that last for longer, and the paper's."""
    returns: ReturnWeights = field(default_factory=ReturnWeights)
    hindsight: float = 0.0
    """Share of the robots whose segments are learned as if what they did had been the command. They are judged by the
    command they were given."""

    @property
    def shard_envs(self) -> int:
        """Robots of a shard."""
        return self.num_envs // self.shards

    def controller(self, shard: int) -> ControllerConfig:
        """What deploys the planners of a shard."""
        margin, period = self.timelines[shard % len(self.timelines)]
        return ControllerConfig(margin=margin, replan_period=period)


@dataclass(frozen=True)
class Experience:
    """What E robots lived through in T ticks."""

    rows: np.ndarray  # (E, T, 57) float32: observations and the actions executed, physical units
    reward: np.ndarray  # (E, T)
    alive: np.ndarray  # (E, T) bool: has not fallen up to and including this tick
    measured: np.ndarray  # (E, T, 3) float32: trunk height m, power W, clearance of the highest foot m
    velocity: np.ndarray  # (E, T, 3) of the trunk after the tick, body frame: v_x, v_y m/s, yaw rate rad/s


class ExplorationNoise:
    """Gaussian noise on the joint targets of N robots, rad, that wanders: a first-order autoregressive process."""

    def __init__(self, num: int, largest: float, memory: float, rng: np.random.Generator) -> None:
        self._std = rng.uniform(0.0, largest, size=(num, 1))
        self._memory, self._rng = memory, rng
        self._state = self._std * rng.standard_normal((num, ACTION_DIM))

    def step(self) -> np.ndarray:
        """(N, 12) of the next tick."""
        fresh = self._std * self._rng.standard_normal(self._state.shape)
        self._state = self._memory * self._state + np.sqrt(1 - self._memory**2) * fresh
        return self._state


class GuidedPlanners:
    """Deployed planners of several objectives, each driving its own robots (see ``Controller``).

    ``assigned`` (N,) tells which of the objectives each robot is planned for, ``controller`` when plans are made and
    act.
    """

    def __init__(
        self,
        prior: Prior,
        objectives: Sequence[Objective],
        assigned: np.ndarray,
        controller: ControllerConfig,
        rng: np.random.Generator,
    ) -> None:
        self._num = len(assigned)
        self._groups = [
            (np.flatnonzero(assigned == index), DeployedPlanner(Planner(prior, rng), objective, controller))
            for index, objective in enumerate(objectives)
            if (assigned == index).any()
        ]

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        targets = np.empty((self._num, ACTION_DIM))
        for robots, planner in self._groups:
            targets[robots] = planner.targets(tick, observation[robots])
        return targets


ControllerFactory = Callable[[BatchedGo2, np.random.Generator], Controller]
"""Makes what drives a batch of robots: planners by observations alone, those who teach them by all that is known."""


def interact(
    config: InteractionConfig,
    controller: ControllerFactory,
    noise: float,
    seed: Sequence[int],
) -> Experience:
    """Roll a shard out: ``config.shard_envs`` robots for ``config.steps`` ticks.

    Args:
        config: what is rolled out.
        controller: drives the robots, with a generator of its own.
        noise: largest deviation of the exploration noise, rad.
        seed: decides everything random.
    """
    rng, planning = np.random.default_rng([*seed, 1]), np.random.default_rng([*seed, 2])
    num, steps = config.shard_envs, config.steps
    robot = BatchedGo2(num, replace(config.randomization, replicas=config.replicas), rng)
    families = CommandSampler(-(-num // config.replicas), config.commands, rng)
    wander = ExplorationNoise(num, noise, config.noise_memory, rng)
    driver = controller(robot, planning)
    rows, measured = np.empty((num, steps, WIDTH), np.float32), np.empty((num, steps, 3), np.float32)
    velocity, omega_true, upright = np.empty((3, num, steps, 3))
    power, alive = np.empty((num, steps)), np.empty((num, steps), bool)
    standing, target = np.ones(num, bool), np.tile(STAND_POSE, (num, 1))
    for tick in range(steps):
        if tick % config.segment == 0:
            changes = rng.random(len(families.commands)) < config.segment * DT / config.commands.hold_s
            families.reset(np.flatnonzero(changes & (tick > 0)))
            command = np.repeat(families.commands, config.replicas, axis=0)[:num]
            planned_for = command + deviations(command, config.command_deviation, rng)
        omega, gravity, q, dq = robot.sense()
        observation = build_observation(omega, gravity, planned_for, q, dq, target)
        target = np.clip(driver.targets(tick, observation) + wander.step(), JOINT_LOWER, JOINT_UPPER)
        rows[:, tick, STATE], rows[:, tick, ACTION] = observation, target
        rows[:, tick, COMMAND] = command
        height = robot.height()
        robot.step(target)
        standing = standing & ~robot.fallen()
        alive[:, tick], power[:, tick] = standing, robot.power()
        velocity[:, tick], omega_true[:, tick] = robot.linear_velocity(), robot.angular_velocity()
        upright[:, tick] = rotate_inverse(robot.qpos[:, 3:7], np.array([0.0, 0.0, 1.0]))
        lift = robot.foot_clearance().max(axis=1) - FOOT_RADIUS
        measured[:, tick] = np.stack([height, power[:, tick], lift], axis=1)
    change = rows[..., ACTION] - rows[..., PREVIOUS_ACTION]
    reward = config.returns.reward(rows[..., COMMAND], velocity, omega_true, upright, change, power)
    relabelled = rng.random(num) < config.hindsight
    achieved = np.concatenate([velocity[..., :2], omega_true[..., 2:]], axis=-1)
    rows[relabelled, :, COMMAND] = in_hindsight(achieved[relabelled], alive[relabelled], config)
    return Experience(rows, reward, alive, measured, achieved)


def deviations(command: np.ndarray, largest: float, rng: np.random.Generator) -> np.ndarray:
    """What is added to commands (N, 3) of walking to explore, uniform within ``largest``; nothing to those to stand."""
    walks = np.linalg.norm(command, axis=1, keepdims=True) >= STANDING
    return walks * rng.uniform(-largest, largest, size=command.shape)


def in_hindsight(achieved: np.ndarray, alive: np.ndarray, config: InteractionConfig) -> np.ndarray:
    """The commands (E, T, 3) that robots have followed best: each segment's mean velocity, within the ranges.

    Args:
        achieved: (E, T, 3) v_x, v_y in m/s, yaw rate in rad/s.
        alive: (E, T) up to the fall; what comes after does not count.
        config: tells segments and ranges.
    """
    low, high = np.transpose([config.commands.v_x, config.commands.v_y, config.commands.yaw_rate])
    commands = np.zeros_like(achieved)
    for begin in range(0, achieved.shape[1], config.segment):
        ticks = slice(begin, begin + config.segment)
        counts = alive[:, ticks, None]
        mean = (achieved[:, ticks] * counts).sum(axis=1) / np.maximum(counts.sum(axis=1), 1)
        commands[:, ticks] = np.clip(mean, low, high)[:, None]
    return commands
