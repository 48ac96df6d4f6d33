"""`train finetune`: the prior made robust by its own rollouts (paper IV-C, VI-A2).

The deployed planner, asynchronous and with guidance and projection on, walks in randomised simulation. Segments of its
rollouts are judged by the environment's true return; the best are learned from, weighted by exp(R / T), between windows
of the demonstrations. Some robots are planned for other objectives (``guided``): the buffer then holds behaviour that
no demonstration has. Some segments are walked by the teacher (``taught``), from where the planner has led.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

from diffusion_mpc_ros.closed_loop.deployed_objective import deployed_objective, preset
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema
from diffusion_mpc_ros.planning.parameter_file import ParameterFileError
from diffusion_mpc_ros.robot.spec import LIMITS
from diffusion_mpc_ros.training import parallel, prior, reward_models, teacher
from diffusion_mpc_ros.training.checkup import CheckupConfig
from diffusion_mpc_ros.training.live_prior import live_resources
from diffusion_mpc_ros.training.prior import PriorConfig, build_network
from diffusion_mpc_ros.training.replay import ReplayBuffer
from diffusion_mpc_ros.training.reward_models import RewardModelConfig, build_networks
from diffusion_mpc_ros.training.rounds import Rounds, RoundsConfig
from diffusion_mpc_ros.training.settings import SettingsError, read_settings, section
from diffusion_mpc_ros.training.stage import USER_ERRORS as STAGE_ERRORS
from diffusion_mpc_ros.training.stage import Stage, add_stage_arguments, open_stage, settings_path
from diffusion_mpc_ros.training.style import USUAL_HEIGHT
from diffusion_mpc_ros.training.teacher import PlainTeacher
from diffusion_mpc_ros.training.teaching import Lessons
from diffusion_mpc_ros.training.trainer import Trainer, load_trained
from diffusion_mpc_ros.training.windows import Windows

USER_ERRORS = (*STAGE_ERRORS, ObjectiveError, ParameterFileError)
C = TypeVar("C", bound=RoundsConfig)

CHECKPOINT = "finetune.pt"


@dataclass(frozen=True)
class FinetuneConfig(RoundsConfig):
    """Interactive training that begins with the prior."""

    share: float = 0.35
    taught: float = 0.5
    checkup: CheckupConfig = field(default_factory=lambda: CheckupConfig(num_envs=48, steps=300))


def train(config: FinetuneConfig, prior_config: PriorConfig, rewards: RewardModelConfig, stage: Stage) -> Path:
    """All rounds, resuming what ``stage.directory`` holds. Returns the checkpoint."""
    torch.manual_seed(stage.seed)
    network = build_network(prior_config).to(parallel.device())
    state = load_trained(network, stage.run / "prior" / prior.CHECKPOINT, prior_config.steps)
    shards = sorted((stage.run / "collect").glob("shard_*.npz"))
    statistics = {name: state[name] for name in ("mean", "std")}
    windows = Windows(shards, prior_config.horizon, statistics)
    buffer = ReplayBuffer(config.buffer_rounds, prior_config.horizon, windows.mean, windows.std, windows)
    objectives = planned_for(config, prior_config, rewards, stage)
    trainer = Trainer(network, config.training)
    lessons = _lessons(config, stage.run) if config.taught > 0 else None
    rounds = Rounds(config, prior_config, trainer, buffer, statistics, objectives, stage.seed, lessons)
    checkpoint = stage.directory / CHECKPOINT
    rounds.run(checkpoint)
    return checkpoint


def _lessons(config: FinetuneConfig, run: Path) -> Lessons:
    checkpoint = run / "teacher" / teacher.CHECKPOINT
    if not checkpoint.exists():
        raise SettingsError(f"taught: expected a teacher, {checkpoint}, got none; run `train teacher`, or set 0")
    heights = [USUAL_HEIGHT, *(asked_height(preset(name)) for name in config.guided)]
    return Lessons(PlainTeacher(checkpoint), np.array(heights), config.taught)


def asked_height(parameters: Mapping[str, Any]) -> float:
    """Height of the trunk that the parameters of an objective ask for, m; NaN if they ask for none."""
    return float(parameters["base_height.target"]) if parameters.get("base_height.weight", 0.0) > 0 else float("nan")


def planned_for(
    config: RoundsConfig, prior_config: PriorConfig, rewards: RewardModelConfig, stage: Stage
) -> list[Objective]:
    """The deployed objective, then that of each preset of ``config.guided``, with the run's learned quantities.

    Raises:
        ObjectiveError: a preset that asks for a quantity that the run has no network for.
        ParameterFileError: a preset that cannot be read.
    """
    networks = build_networks(rewards, prior_config)
    checkpoint = stage.run / "rewards" / reward_models.CHECKPOINT
    if checkpoint.exists():
        load_trained(nn.ModuleDict(networks), checkpoint, rewards.steps)
    resources = live_resources(networks) if checkpoint.exists() else {}
    schema = ObjectiveSchema.of(LIMITS, prior_config.diffusion_steps, resources)
    presets = [{}, *(preset(name) for name in config.guided)]
    return [deployed_objective(schema, changes, revision) for revision, changes in enumerate(presets)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)


def run_stage(
    args: argparse.Namespace,
    name: str,
    kind: type[C],
    train: Callable[[C, PriorConfig, RewardModelConfig, Stage], Path],
) -> int:
    """Run the interactive stage ``name``, as one of torchrun's processes where there are several."""
    config, stage = open_stage(args, name, kind)
    settings = read_settings(settings_path(args))
    with parallel.team():
        train(config, section(settings, "prior", PriorConfig), section(settings, "rewards", RewardModelConfig), stage)
    return 0


def run(args: argparse.Namespace) -> int:
    return run_stage(args, "finetune", FinetuneConfig, train)
