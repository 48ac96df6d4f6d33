"""`train collect`: trajectories of the demonstrators (paper V-C: 4,000 of 1,000 steps).

Short bursts of noise on the actions and pushes take the robot off its course, so that the data holds recoveries.
Windows whose own actions were noise, or that end in a fall, are marked and never trained on. The command that is kept
is the velocity with which the robot followed the one that it was told (``hindsight.py``).
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from diffusion_mpc_ros.planning.observation import build_observation
from diffusion_mpc_ros.planning.trajectory import ACTION_DIM, COMMAND, DT, STATE_DIM
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, STAND_POSE
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.commands import CORRECTED, CommandConfig, CommandSampler
from diffusion_mpc_ros.simulation.go2 import FOOT_RADIUS
from diffusion_mpc_ros.simulation.randomization import Randomization
from diffusion_mpc_ros.training.array_file import load_arrays, save_arrays
from diffusion_mpc_ros.training.demonstrator import Demonstrators
from diffusion_mpc_ros.training.hindsight import followed
from diffusion_mpc_ros.training.locomotion_env import TRAINING
from diffusion_mpc_ros.training.progress import training_progress
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.stage import Stage, add_stage_arguments, open_stage
from diffusion_mpc_ros.training.style import Style, StyleConfig


@dataclass(frozen=True)
class CollectConfig:
    """What is collected."""

    trajectories: int = 4500
    """Of which every third shard is styled: enough to choose from, and too few to slow down the rest."""
    steps: int = 1000
    num_envs: int = 500
    randomization: Randomization = TRAINING
    """Of the plain way."""
    styled_nominal_share: float = 0.8
    """Share of nominal physics among the other styles: in rough physics the plain way is the surer one."""
    styles: StyleConfig = field(default_factory=StyleConfig)
    """How trajectories are walked. One never changes its style."""
    noise_interval_s: float = 2.0
    """Mean time between bursts of action noise, s."""
    noise_steps: tuple[int, int] = (2, 8)
    """Length of a burst, ticks."""
    noise_std: tuple[float, float] = (0.05, 0.3)
    """Standard deviation of a burst's noise, rad."""
    push_interval_s: float = 5.0
    """Mean time between pushes, s."""
    push_velocity: float = 0.8
    """Largest horizontal velocity a push adds along each axis, m/s."""
    fall_margin: int = 40
    """Ticks before a fall that are not imitated."""
    descent: int = 60
    """Ticks after a reset that are not imitated in low trajectories: the robot starts from a stand, and the data shall
    hold no way from one height to the other."""
    commands: CommandConfig = CORRECTED


@dataclass(frozen=True)
class Shard:
    """Trajectories collected together. Arrays begin with (trajectory, tick)."""

    observation: np.ndarray  # (E, T, 45) float32, with the command as it was followed
    action: np.ndarray  # (E, T, 12) float32
    clean: np.ndarray  # (E, T) bool: a demonstrator's own doing, and the command is known
    height: np.ndarray  # (E, T) float32: of the trunk, m
    power: np.ndarray  # (E, T) float32: mechanical power of all joints under the tick's action, W
    lift: np.ndarray  # (E, T) float32: clearance of the highest foot after the tick, m

    def save(self, path: Path) -> None:
        """Write ``path`` whole or not at all."""
        save_arrays(path, vars(self))

    @classmethod
    def load(cls, path: Path) -> "Shard":
        """Read what ``save`` wrote."""
        return cls(**load_arrays(path))


Policy = Callable[[np.ndarray, Style], np.ndarray]
"""Observations (N, 45) and styles to joint targets (N, 12) in rad: what ``Demonstrators`` do."""


class NoiseBursts:
    """Gaussian noise on the actions of N environments, in short bursts at random times."""

    def __init__(self, num_envs: int, config: CollectConfig, rng: np.random.Generator) -> None:
        self._config, self._rng = config, rng
        self._left = np.zeros(num_envs, dtype=np.intp)
        self._std = np.zeros(num_envs)

    def step(self) -> tuple[np.ndarray, np.ndarray]:
        """Noise (N, 12) in rad for this tick, and in which environments (N,) there is any."""
        config, rng = self._config, self._rng
        num = len(self._left)
        begins = (self._left == 0) & (rng.random(num) < DT / config.noise_interval_s)
        self._left[begins] = rng.integers(config.noise_steps[0], config.noise_steps[1] + 1, size=begins.sum())
        self._std[begins] = rng.uniform(*config.noise_std, size=begins.sum())
        active = self._left > 0
        self._left -= active
        return rng.standard_normal((num, ACTION_DIM)) * (self._std * active)[:, None], active


def of_kind(config: CollectConfig, plain: bool) -> CollectConfig:
    """For a shard of the plain way, or of the other styles."""
    if plain:
        return replace(config, styles=replace(config.styles, plain_share=1.0))
    physics = replace(config.randomization, nominal_share=config.styled_nominal_share)
    return replace(config, styles=replace(config.styles, plain_share=0.0), randomization=physics)


def collect_shard(policy: Policy, config: CollectConfig, seed: list[int]) -> Shard:
    """``config.num_envs`` trajectories of ``config.steps`` ticks."""
    rng = np.random.default_rng(seed)
    num, steps = config.num_envs, config.steps
    robot = BatchedGo2(num, config.randomization, rng)
    commands = CommandSampler(num, config.commands, rng)
    bursts = NoiseBursts(num, config, rng)
    style = config.styles.draw(num, rng)
    shard = Shard(
        np.empty((num, steps, STATE_DIM), np.float32),
        np.empty((num, steps, ACTION_DIM), np.float32),
        np.empty((num, steps), bool),
        *(np.empty((num, steps), np.float32) for _ in range(3)),
    )
    previous = np.tile(STAND_POSE, (num, 1))
    velocity, begins = np.empty((num, steps, 3)), np.empty((num, steps), bool)
    age = np.zeros(num, dtype=np.intp)
    for tick in range(steps):
        omega, gravity, q, dq = robot.sense()
        observation = build_observation(omega, gravity, commands.commands, q, dq, previous)
        noise, noisy = bursts.step()
        action = np.clip(policy(observation, style) + noise, JOINT_LOWER, JOINT_UPPER)
        shard.observation[:, tick], shard.action[:, tick] = observation, action
        descending = style.folded & (age < config.descent)
        shard.clean[:, tick], shard.height[:, tick] = ~(noisy | descending), robot.height()
        pushed = np.flatnonzero(rng.random(num) < DT / config.push_interval_s)
        robot.push(pushed, config.push_velocity * rng.uniform(-1, 1, size=(len(pushed), 3)) * [1, 1, 0])
        robot.step(action)
        velocity[:, tick], begins[:, tick] = robot.linear_velocity(), age == 0
        velocity[:, tick, 2] = robot.angular_velocity()[:, 2]
        shard.power[:, tick] = np.abs(robot.torque * robot.qvel[:, 6:]).sum(axis=1)
        shard.lift[:, tick] = robot.foot_clearance().max(axis=1) - FOOT_RADIUS
        previous = action
        commands.step()
        fallen = np.flatnonzero(robot.fallen())
        shard.clean[fallen, max(0, tick - config.fall_margin) : tick + 1] = False
        robot.reset(fallen)
        previous[fallen] = STAND_POSE
        age += 1
        age[fallen] = 0
    achieved, known = followed(shard.observation[..., COMMAND], velocity, begins, shard.clean)
    shard.observation[..., COMMAND] = achieved
    shard.clean[~known] = False
    return shard


def train(config: CollectConfig, stage: Stage) -> list[Path]:
    """Collect the shards that ``stage.directory`` does not hold yet. Returns all of them."""
    demonstrators = Demonstrators(stage.run / "demonstrator")
    count = -(-config.trajectories // config.num_envs)
    paths = [stage.directory / f"shard_{index:03d}.npz" for index in range(count)]
    with training_progress("collect", count) as advance:
        for index, path in enumerate(paths):
            if not path.exists():
                collect_shard(demonstrators, of_kind(config, plain=index % 3 < 2), [stage.seed, 1, index]).save(path)
            advance(index + 1, f"{(index + 1) * config.num_envs * config.steps:,} transitions")
    return paths


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, "collect", CollectConfig)
    train(config, stage)
    return 0
