"""`train scratch`: a planner that walks without ever having been shown how (paper VI-B3, Fig. 8).

There is no demonstration. The first buffer comes from random motions about the stand pose, the network begins with
random weights, and interactive training (``rounds.py``) does the rest.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from diffusion_mpc_ros.planning.trajectory import ACTION_DIM, DT
from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.simulation.commands import CommandConfig
from diffusion_mpc_ros.simulation.randomization import NOMINAL
from diffusion_mpc_ros.training import parallel
from diffusion_mpc_ros.training.finetune import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.finetune import planned_for, run_stage
from diffusion_mpc_ros.training.interaction import InteractionConfig, interact
from diffusion_mpc_ros.training.prior import PriorConfig, build_network
from diffusion_mpc_ros.training.replay import Kept, ReplayBuffer
from diffusion_mpc_ros.training.returns import segment_returns
from diffusion_mpc_ros.training.reward_models import RewardModelConfig
from diffusion_mpc_ros.training.rounds import Rounds, RoundsConfig, keep
from diffusion_mpc_ros.training.stage import Stage, add_stage_arguments
from diffusion_mpc_ros.training.trainer import Trainer, TrainerConfig
from diffusion_mpc_ros.training.weighting import relative
from diffusion_mpc_ros.training.windows import SMALLEST_STD

CHECKPOINT = "scratch.pt"
INITIAL = "initial"
"""Directory of the random buffer's segments, below the stage's."""


@dataclass(frozen=True)
class ScratchConfig(RoundsConfig):
    """Interactive training that begins with nothing."""

    rounds: int = 300
    demonstrations: float = 0.0
    guided_ramp: float = 0.0
    initial_rounds: int = 10
    """Rounds of random motions that the first buffer is filled from."""
    initial_amplitude: float = 0.5
    """Largest excursion of a random motion from the stand pose, rad."""
    initial_frequency: tuple[float, float] = (1.0, 3.0)
    """Of random motions, Hz."""
    interaction: InteractionConfig = field(
        default_factory=lambda: InteractionConfig(
            num_envs=512,
            steps=150,
            segment=50,
            noise_std=(0.15, 0.03),
            randomization=NOMINAL,
            commands=CommandConfig(),
            timelines=((1, 4),),
            hindsight=0.5,
        )
    )
    training: TrainerConfig = field(
        default_factory=lambda: TrainerConfig(steps=30_000, learning_rate=3e-4, ema_decay=0.99)
    )


class RandomMotion:
    """Every robot swings its joints about the stand pose at a frequency of its own, each joint by its own amplitude and
    phase (see ``Controller``)."""

    def __init__(self, num: int, config: ScratchConfig, rng: np.random.Generator) -> None:
        self._amplitude = rng.uniform(0.0, config.initial_amplitude, size=(num, ACTION_DIM)) * rng.random((num, 1))
        self._phase = rng.uniform(0.0, 2 * np.pi, size=(num, ACTION_DIM))
        self._frequency = rng.uniform(*config.initial_frequency, size=(num, 1))

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        angle = 2 * np.pi * self._frequency * DT * tick + self._phase
        return STAND_POSE + self._amplitude * np.sin(angle)


def initial_segments(config: ScratchConfig, stage: Stage) -> list[Kept]:
    """The best segments of random motions, a ``Kept`` for each initial round; done once and kept in files."""
    found = []
    for number in range(config.initial_rounds):
        path = stage.directory / INITIAL / f"{number:04d}.npz"
        if not path.exists() and parallel.leads():
            _random_round(config, stage.seed, number).save(path)
        parallel.wait()
        found.append(Kept.load(path))
    return found


def _random_round(config: ScratchConfig, seed: int, number: int) -> Kept:
    rolled = replace(config.interaction, shards=1)
    lived = interact(rolled, lambda robot, rng: RandomMotion(rolled.num_envs, config, rng), 0.0, [seed, 7, number])
    scores = relative(segment_returns(lived.reward, lived.alive, rolled.segment, rolled.outlook), rolled.replicas)
    weights = config.weights(scores.ravel()).reshape(scores.shape)
    return keep(lived, np.zeros(rolled.num_envs, np.intp), scores, weights, 0, rolled.segment)


def statistics_of(segments: Sequence[Kept]) -> dict[str, Tensor]:
    """``mean`` and ``std`` (57,) of the rows of these segments, up to the falls."""
    rows = np.concatenate([kept.rows[kept.clean] for kept in segments])
    std = np.maximum(rows.std(axis=0, dtype=np.float64), SMALLEST_STD)
    return {
        "mean": torch.from_numpy(rows.mean(axis=0, dtype=np.float64).astype(np.float32)),
        "std": torch.from_numpy(std.astype(np.float32)),
    }


def train(config: ScratchConfig, prior_config: PriorConfig, rewards: RewardModelConfig, stage: Stage) -> Path:
    """From nothing through all rounds, resuming what ``stage.directory`` holds. Returns the checkpoint."""
    segments = initial_segments(config, stage)
    statistics = statistics_of(segments)
    buffer = ReplayBuffer(
        config.buffer_rounds, prior_config.horizon, statistics["mean"].numpy(), statistics["std"].numpy(), None
    )
    for kept in segments:
        buffer.add(kept)
    torch.manual_seed(stage.seed)
    # The random buffer is learned from before the first round.
    steps = config.training.steps + config.updates
    trainer = Trainer(build_network(prior_config).to(parallel.device()), replace(config.training, steps=steps))
    objectives = planned_for(config, prior_config, rewards, stage)
    checkpoint = stage.directory / CHECKPOINT
    Rounds(config, prior_config, trainer, buffer, statistics, objectives, stage.seed).run(checkpoint)
    return checkpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)


def run(args: argparse.Namespace) -> int:
    return run_stage(args, "scratch", ScratchConfig, train)
