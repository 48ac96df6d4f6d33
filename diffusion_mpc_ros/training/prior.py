"""`train prior`: the trajectory diffusion model of section III.

A denoiser tau_theta(tau^(k), k) is trained to give back the clean window (x0-prediction) under
E ||tau - tau_theta(tau^(k), k)||^2 with tau^(k) = sqrt(abar_k) tau + sqrt(1 - abar_k) eps. The first state is known
when planning (Algorithm 1, line 7), so it is given clean, and what follows from it is not asked for
(``denoising_network.py``).
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from diffusion_mpc_ros.planning.trajectory import ACTION, WIDTH
from diffusion_mpc_ros.training import parallel
from diffusion_mpc_ros.training.denoising_network import DenoisingNetwork
from diffusion_mpc_ros.training.noising import Noising
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.stage import Stage, add_stage_arguments, open_stage
from diffusion_mpc_ros.training.trainer import Trainer, TrainerConfig
from diffusion_mpc_ros.training.windows import Windows

CHECKPOINT = "prior.pt"


@dataclass(frozen=True)
class PriorConfig(TrainerConfig):
    """The diffusion model and its training."""

    steps: int = 40_000
    width: int = 160
    """Values in each hidden layer of what runs in every reverse step: a hundred candidates in a control tick."""
    blocks: int = 2
    encoder_width: int = 192
    """The same of what runs once for a plan."""
    horizon: int = 11
    """H (section IV-D)."""
    diffusion_steps: int = 10
    """K (section IV-D)."""
    action_weight: float = 10.0
    """Weight of the action columns in the loss: they drive the robot, the states only inform guidance."""


def build_network(config: PriorConfig) -> DenoisingNetwork:
    """The denoiser of the settings."""
    return DenoisingNetwork(config.horizon, config.diffusion_steps, config.width, config.blocks, config.encoder_width)


class DenoisingLoss:
    """The training objective of section III on normalised windows."""

    def __init__(self, config: PriorConfig, denoiser: DenoisingNetwork) -> None:
        self._noising, self._of = Noising(config.diffusion_steps), denoiser.of
        weights = torch.ones(1, config.horizon, WIDTH, device=denoiser.index.device)
        weights[..., ACTION] = config.action_weight
        self.weights = denoiser.of(weights) / denoiser.of(weights).mean()

    def __call__(self, denoiser: nn.Module, tau: Tensor) -> Tensor:
        """Weighted mean squared error of each window of this process's share: tau (M, H, 57) to (M / processes,).

        ``denoiser`` is the network of the settings, or a replica of it.
        """
        k = torch.randint(1, self._noising.num_steps + 1, (len(tau),))
        noisy, k, tau = (parallel.share(each) for each in (self._noising(tau, k), k, tau))
        return (self.weights.to(tau.device) * (denoiser(noisy, k) - self._of(tau)).square()).mean(dim=1)


def train(config: PriorConfig, stage: Stage) -> Path:
    """Train for ``config.steps``, resuming what ``stage.directory`` holds. Returns the checkpoint."""
    rng = np.random.default_rng([stage.seed, 2])
    torch.manual_seed(stage.seed)
    network = build_network(config).to(parallel.device())
    trainer, loss = Trainer(network, config), DenoisingLoss(config, network)
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
