"""`train prior`: the trajectory diffusion model of section III.

A denoiser tau_theta(tau^(k), k) is trained to give back the clean window (x0-prediction) under
E ||tau - tau_theta(tau^(k), k)||^2 with tau^(k) = sqrt(abar_k) tau + sqrt(1 - abar_k) eps. The first state is known
when planning (Algorithm 1, line 7), so it is given clean and not asked for.
"""

import argparse
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from diffusion_mpc_ros.planning.trajectory import ACTION, STATE, WIDTH
from diffusion_mpc_ros.training import parallel
from diffusion_mpc_ros.training.networks import NETWORKS
from diffusion_mpc_ros.training.noising import Noising
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.stage import Stage, add_stage_arguments, open_stage
from diffusion_mpc_ros.training.trainer import Trainer, TrainerConfig
from diffusion_mpc_ros.training.windows import Windows

CHECKPOINT = "prior.pt"


@dataclass(frozen=True)
class PriorConfig(TrainerConfig):
    """The diffusion model and its training."""

    network: str = "residual_mlp"
    network_options: dict[str, int] = field(default_factory=dict)
    horizon: int = 11
    """H (section IV-D)."""
    diffusion_steps: int = 10
    """K (section IV-D)."""
    action_weight: float = 10.0
    """Weight of the action columns in the loss: they drive the robot, the states only inform guidance."""


def build_network(config: PriorConfig) -> nn.Module:
    """The denoiser that the settings name."""
    return NETWORKS[config.network](config.horizon, WIDTH, config.diffusion_steps, **config.network_options)


class DenoisingLoss:
    """The training objective of section III on normalised windows."""

    def __init__(self, config: PriorConfig) -> None:
        self._noising = Noising(config.diffusion_steps)
        self.weights = torch.ones(config.horizon, WIDTH)
        self.weights[:, ACTION] = config.action_weight
        self.weights[0, STATE] = 0.0
        self.weights /= self.weights.mean()

    def __call__(self, denoiser: nn.Module, tau: Tensor) -> Tensor:
        """Weighted squared error of each window of this process's share: tau (M, H, 57) to (M / processes,)."""
        k = torch.randint(1, self._noising.num_steps + 1, (len(tau),))
        noisy, k, tau = (parallel.share(each) for each in (self._noising(tau, k), k, tau))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            estimate = denoiser(noisy, k)
        return (self.weights.to(tau.device) * (estimate.float() - tau).square()).mean(dim=(1, 2))


def train(config: PriorConfig, stage: Stage) -> Path:
    """Train for ``config.steps``, resuming what ``stage.directory`` holds. Returns the checkpoint."""
    rng = np.random.default_rng([stage.seed, 2])
    torch.manual_seed(stage.seed)
    trainer, loss = Trainer(build_network(config).to(parallel.device()), config), DenoisingLoss(config)
    windows = Windows(sorted((stage.run / "collect").glob("shard_*.npz")), config.horizon)

    def losses() -> dict[str, Tensor]:
        return {"loss": loss(trainer.replica, windows.sample(config.batch_size, rng)).mean()}

    checkpoint = stage.directory / CHECKPOINT
    trainer.fit(checkpoint, losses, rng, kept=windows.statistics)
    return checkpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, "prior", PriorConfig)
    with parallel.team():
        train(config, stage)
    return 0
