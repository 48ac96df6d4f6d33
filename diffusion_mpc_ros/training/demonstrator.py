"""`train demonstrator`: PPO in the batched simulation (paper V-C, the policy that is imitated).

The policies see the planner's observation and a style (``style.py``) that the planner never sees. The first learns the
plain way, fit for rough physics; the second goes on from it and learns the styles. From nothing it may never find
walking: one that had to settled for standing and trembling.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from diffusion_mpc_ros.training.locomotion_env import LocomotionConfig
from diffusion_mpc_ros.training.policy import INPUT_WIDTH, joint_targets, policy_input
from diffusion_mpc_ros.training.ppo import PpoConfig, load_actor, train_policy
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.stage import Stage, add_stage_arguments, open_stage
from diffusion_mpc_ros.training.style import Style, StyleConfig

PLAIN, STYLED = "plain.pt", "styled.pt"
"""Checkpoints of the two policies."""


@dataclass(frozen=True)
class DemonstratorConfig(PpoConfig):
    """PPO of both policies; ``iterations`` are those of the plain one."""

    styled_iterations: int = 1300
    """Of the styled one, which can walk when it begins."""
    styled_std: float = 0.25
    """``initial_std`` of the styled one: what has settled on one way to walk would hardly find others."""


class Demonstrator:
    """A trained policy: observations (N, 45) and styles to joint targets (N, 12), rad."""

    def __init__(self, checkpoint: Path) -> None:
        self.network = load_actor(checkpoint, INPUT_WIDTH)

    @torch.inference_mode()
    def __call__(self, observation: np.ndarray, style: Style) -> np.ndarray:
        return joint_targets(self.network(torch.from_numpy(policy_input(observation, style))).numpy())


class Demonstrators:
    """Both policies of a run's demonstrator stage: each robot walks by the one that knows its style."""

    def __init__(self, directory: Path) -> None:
        self._plain, self._styled = Demonstrator(directory / PLAIN), Demonstrator(directory / STYLED)

    def __call__(self, observation: np.ndarray, style: Style) -> np.ndarray:
        policies = (policy(observation, style) for policy in (self._plain, self._styled))
        return np.where(style.plain[:, None], *policies)


def train(config: DemonstratorConfig, stage: Stage) -> None:
    """Train both policies, resuming what ``stage.directory`` holds."""
    plain, styled = stage.directory / PLAIN, stage.directory / STYLED
    train_policy(config, LocomotionConfig(styles=StyleConfig(plain_share=1.0)), plain, [stage.seed, 0])
    later = replace(config, iterations=config.styled_iterations, initial_std=config.styled_std)
    train_policy(later, LocomotionConfig(styles=StyleConfig(plain_share=0.0)), styled, [stage.seed, 1], plain)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, "demonstrator", DemonstratorConfig)
    train(config, stage)
    return 0
