"""`train refresh`: height, power and foot lift learned anew, on what interactive training has met beside the data.

A network that reads a quantity off a window knows the windows it was trained on. A finetuned planner makes others.
"""

import argparse
from pathlib import Path

from diffusion_mpc_ros.training import reward_models
from diffusion_mpc_ros.training.prior import PriorConfig
from diffusion_mpc_ros.training.replay import Kept
from diffusion_mpc_ros.training.reward_models import RewardModelConfig
from diffusion_mpc_ros.training.rounds import kept_segments
from diffusion_mpc_ros.training.settings import SettingsError, read_settings, section
from diffusion_mpc_ros.training.sources import PRIOR
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.stage import Stage, add_stage_arguments, open_stage, settings_path

NAME = "refresh"
INTERACTIVE = ("finetune", "scratch")
"""Stages whose rollouts there may be."""


def train(config: RewardModelConfig, prior: PriorConfig, stage: Stage) -> Path:
    """Train on the run's demonstrations and on the segments that its interactive stages kept. Returns the checkpoint.

    Raises:
        SettingsError: there are no rollouts.
    """
    kept = [path for name in INTERACTIVE for path in kept_segments(stage.run / name)]
    if not kept:
        raise SettingsError(f"{stage.run}: expected rollouts of {' or '.join(INTERACTIVE)}, got none; run one of them")
    shards = sorted((stage.run / "collect").glob("shard_*.npz"))
    for number, path in enumerate(kept):
        shard = stage.directory / f"shard_{number:04d}.npz"
        if not shard.exists():
            Kept.load(path).shard().save(shard)
        shards.append(shard)
    return reward_models.train(config, prior, stage, shards)


def checkpoint_of(run: Path, source: str) -> Path:
    """Where the learned quantities are that suit the planner of a stage: its own, or else the prior's."""
    own = run / NAME / reward_models.CHECKPOINT
    return own if source != PRIOR and own.exists() else run / "rewards" / reward_models.CHECKPOINT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, NAME, RewardModelConfig, "rewards")
    train(config, section(read_settings(settings_path(args)), "prior", PriorConfig), stage)
    return 0
