"""`train odometry`: how fast the trunk moves, read off one observation (planning/velocity_feedback.py).

The deployed planner walks in randomised simulation, where the true velocity is known. The network sees what the planner
sees but the command: an estimate that believes the command would confirm it. Joint velocities tell how the feet move,
and targets that joints do not reach, together with the trunk's motion, which of them stand. Another planner's feet move
otherwise: an odometer of the prior's walks lets a finetuned planner be too slow.
"""

import argparse
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from diffusion_mpc_ros.closed_loop.rollout import Controller
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.trajectory import COMMAND, STATE, STATE_DIM
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import REAL
from diffusion_mpc_ros.training.array_file import load_arrays, save_arrays
from diffusion_mpc_ros.training.checkpoint import read_checkpoint
from diffusion_mpc_ros.training.finetune import planned_for
from diffusion_mpc_ros.training.interaction import GuidedPlanners, InteractionConfig, interact
from diffusion_mpc_ros.training.live_prior import live_prior
from diffusion_mpc_ros.training.prior import PriorConfig
from diffusion_mpc_ros.training.progress import training_progress
from diffusion_mpc_ros.training.reward_models import RewardModelConfig
from diffusion_mpc_ros.training.rounds import RoundsConfig
from diffusion_mpc_ros.training.settings import read_settings, section
from diffusion_mpc_ros.training.sources import PRIOR, add_source_argument, load_denoiser
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.stage import Stage, add_stage_arguments, open_stage, settings_path
from diffusion_mpc_ros.training.trainer import Trainer, TrainerConfig, load_trained

NAME, CHECKPOINT = "odometry", "odometry.pt"
ERRORS = "errors.json"
"""Errors on the shard held out, in the stage's directory."""
AXES = ("v_x", "v_y")
SPAN = 50
"""Ticks over which an error that stays is told from one that comes and goes."""


@dataclass(frozen=True)
class OdometryConfig(TrainerConfig):
    """The network, its data and its training."""

    steps: int = 15_000
    width: int = 256
    """Values in each of the two hidden layers."""
    interaction: InteractionConfig = field(
        default_factory=lambda: InteractionConfig(
            shards=17, num_envs=4352, steps=500, replicas=1, randomization=replace(REAL, nominal_share=0.3)
        )
    )
    """Rollouts. The last shard is held out."""


class OdometerNetwork(nn.Module):
    """An MLP on an observation without its command.

    Attributes:
        mean, std: (45,) of the observations, physical units.
    """

    mean: Tensor
    std: Tensor
    seen: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        seen = np.delete(np.arange(STATE_DIM), COMMAND)
        layers = (nn.Linear(len(seen), width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2))
        self.layers = nn.Sequential(*layers)
        self.register_buffer("seen", torch.from_numpy(seen))
        self.register_buffer("mean", torch.zeros(STATE_DIM))
        self.register_buffer("std", torch.ones(STATE_DIM))

    def forward(self, observation: Tensor) -> Tensor:
        """Observations (M, 45) in physical units to v_x and v_y, (M, 2), m/s."""
        normalised = ((observation - self.mean) / self.std).clamp(-DATA_CLIP, DATA_CLIP)
        velocity: Tensor = self.layers(normalised.index_select(-1, self.seen))
        return velocity


@dataclass(frozen=True)
class Walks:
    """What robots observed and how fast they were then. Arrays begin with (robot, tick)."""

    observation: np.ndarray  # (E, T, 45) float32
    velocity: np.ndarray  # (E, T, 2) float32: v_x, v_y, m/s
    upright: np.ndarray  # (E, T) bool


def train(
    config: OdometryConfig, prior_config: PriorConfig, rewards: RewardModelConfig, stage: Stage, source: str
) -> Path:
    """Roll the planner of the stage ``source`` out, train, resuming what ``stage.directory`` holds, and measure.

    Returns the checkpoint.
    """
    *seen, held_out = _walks(config, prior_config, rewards, stage, source)
    observation, velocity = (
        np.concatenate([getattr(walks, name)[walks.upright] for walks in seen]) for name in ("observation", "velocity")
    )
    rng = np.random.default_rng([stage.seed, 9])
    torch.manual_seed(stage.seed)
    network = OdometerNetwork(config.width)
    network.mean.copy_(torch.from_numpy(observation.mean(axis=0)))
    network.std.copy_(torch.from_numpy(observation.std(axis=0)))

    def losses() -> dict[str, Tensor]:
        rows = rng.integers(len(observation), size=config.batch_size)
        estimate = network(torch.from_numpy(observation[rows]))
        return {"loss": (estimate - torch.from_numpy(velocity[rows])).square().mean()}

    checkpoint = stage.directory / CHECKPOINT
    Trainer(network, config).fit(checkpoint, losses, rng, kept={"width": torch.tensor(config.width)})
    write_json(stage.directory / ERRORS, {"errors": errors(load_odometer(checkpoint), held_out)})
    return checkpoint


def load_odometer(checkpoint: Path) -> OdometerNetwork:
    """The averaged network of a training."""
    width = int(read_checkpoint(checkpoint)["width"])
    network = OdometerNetwork(width)
    load_trained(network, checkpoint, steps=0)
    return network


@torch.inference_mode()
def errors(network: OdometerNetwork, walks: Walks) -> dict[str, float]:
    """Root mean square errors, m/s: ``AXIS`` of single ticks, ``AXIS_mean`` of means over SPAN ticks upright."""
    difference = network(torch.from_numpy(walks.observation)).numpy() - walks.velocity
    spans = walks.upright.shape[1] // SPAN
    upright, by_span = (
        values[:, : spans * SPAN].reshape(-1, SPAN, *values.shape[2:]) for values in (walks.upright, difference)
    )
    means = by_span[upright.all(axis=1)].mean(axis=1)
    found = {}
    for axis, name in enumerate(AXES):
        found[name] = round(float(np.sqrt(np.mean(difference[walks.upright][:, axis] ** 2))), 4)
        found[f"{name}_mean"] = round(float(np.sqrt(np.mean(means[:, axis] ** 2))), 4)
    return found


def _walks(
    config: OdometryConfig, prior_config: PriorConfig, rewards: RewardModelConfig, stage: Stage, source: str
) -> list[Walks]:
    """The shards, rolled out where ``stage.directory`` does not hold them yet."""
    network, state = load_denoiser(stage.run, source, prior_config)
    planned = live_prior(network, prior_config, state["mean"].numpy(), state["std"].numpy())
    objectives = planned_for(RoundsConfig(), prior_config, rewards, stage)
    walks = []

    def deployed(controller: ControllerConfig, robot: BatchedGo2, rng: np.random.Generator) -> Controller:
        return GuidedPlanners(planned, objectives, np.zeros(robot.num_envs, np.intp), controller, rng)

    with training_progress("odometry", config.interaction.shards) as advance:
        for shard in range(config.interaction.shards):
            path = stage.directory / f"walks_{shard:02d}.npz"
            if not path.exists():
                drivers = partial(deployed, config.interaction.controller(shard))
                lived = interact(config.interaction, drivers, config.interaction.noise_std[0], [stage.seed, 8, shard])
                # A velocity is that after its tick, which the next tick observes.
                later = Walks(
                    lived.rows[:, 1:, STATE], lived.velocity[:, :-1, :2].astype(np.float32), lived.alive[:, :-1]
                )
                save_arrays(path, vars(later))
            walks.append(Walks(**load_arrays(path)))
            advance(shard + 1, "walks")
    return walks


def stage_name(source: str) -> str:
    """Name of the stage that learns from the walks of the stage ``source``."""
    return NAME if source == PRIOR else f"{NAME}_{source}"


def checkpoint_of(run: Path, source: str) -> Path:
    """Where the odometer is that suits the planner of a stage: its own, or else the prior's."""
    own = run / stage_name(source) / CHECKPOINT
    return own if own.exists() else run / NAME / CHECKPOINT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)
    add_source_argument(parser)


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, stage_name(args.source), OdometryConfig, NAME)
    settings = read_settings(settings_path(args))
    prior, rewards = section(settings, "prior", PriorConfig), section(settings, "rewards", RewardModelConfig)
    train(config, prior, rewards, stage, args.source)
    return 0
