"""`train prior`: the trajectory diffusion model of section III.

A denoiser tau_theta(tau^(k), k) is trained to give back the clean window (x0-prediction) under
E ||tau - tau_theta(tau^(k), k)||^2 with tau^(k) = sqrt(abar_k) tau + sqrt(1 - abar_k) eps. The first state is known
when planning (Algorithm 1, line 7), so it is given clean and not asked for.
"""

import argparse
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter

from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.planning.trajectory import ACTION, STATE, WIDTH
from diffusion_mpc_ros.training.checkpoint import load_checkpoint, save_checkpoint
from diffusion_mpc_ros.training.networks import NETWORKS
from diffusion_mpc_ros.training.progress import training_progress
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.stage import Stage, add_stage_arguments, open_stage
from diffusion_mpc_ros.training.windows import Windows

log = logging.getLogger(__name__)

CHECKPOINT = "prior.pt"


@dataclass(frozen=True)
class PriorConfig:
    """The diffusion model and its training."""

    network: str = "residual_mlp"
    network_options: dict[str, int] = field(default_factory=dict)
    horizon: int = 11
    """H (section IV-D)."""
    diffusion_steps: int = 10
    """K (section IV-D)."""
    action_weight: float = 10.0
    """Weight of the action columns in the loss: they drive the robot, the states only inform guidance."""
    steps: int = 7000
    batch_size: int = 1024
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    warmup: float = 0.05
    """Share of the steps in which the rate rises; it falls as a cosine after."""
    ema_decay: float = 0.999
    checkpoint_every: int = 250


def build_network(config: PriorConfig) -> nn.Module:
    """The denoiser that the settings name."""
    return NETWORKS[config.network](config.horizon, WIDTH, config.diffusion_steps, **config.network_options)


class DenoisingLoss:
    """The training objective of section III on normalised windows."""

    def __init__(self, config: PriorConfig) -> None:
        schedule = Schedule.cosine(config.diffusion_steps)
        self._signal = torch.from_numpy(np.sqrt(schedule.alpha_bar)).float()
        self._noise = torch.from_numpy(np.sqrt(1 - schedule.alpha_bar)).float()
        self._num_steps = config.diffusion_steps
        self.weights = torch.ones(config.horizon, WIDTH)
        self.weights[:, ACTION] = config.action_weight
        self.weights[0, STATE] = 0.0
        self.weights /= self.weights.mean()

    def __call__(self, denoiser: nn.Module, tau: Tensor) -> Tensor:
        """Weighted squared error of each window: tau (M, H, 57) to (M,)."""
        k = torch.randint(1, self._num_steps + 1, (len(tau),))
        noisy = self._signal[k, None, None] * tau + self._noise[k, None, None] * torch.randn_like(tau)
        noisy[:, 0, STATE] = tau[:, 0, STATE]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            estimate = denoiser(noisy, k)
        return (self.weights * (estimate.float() - tau).square()).mean(dim=(1, 2))


class PriorTrainer:
    """Network, average, optimiser and their state on disk."""

    def __init__(self, config: PriorConfig) -> None:
        self.config = config
        self.network = build_network(config)
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(config.ema_decay))
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.rate = OneCycleLR(
            self.optimizer, config.learning_rate, total_steps=config.steps + 1, pct_start=config.warmup
        )
        self.loss = DenoisingLoss(config)
        self.step = 0

    def update(self, tau: Tensor) -> float:
        """One gradient step on windows (M, H, 57); the loss."""
        loss = self.loss(self.network, tau).mean()
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.rate.step()
        self.average.update_parameters(self.network)
        self.step += 1
        return loss.item()

    def state_dict(self) -> dict[str, Any]:
        """All that a checkpoint needs but the random generators."""
        parts = {name: getattr(self, name).state_dict() for name in ("network", "average", "optimizer", "rate")}
        return {**parts, "step": self.step}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what ``state_dict`` gave."""
        for name in ("network", "average", "optimizer", "rate"):
            getattr(self, name).load_state_dict(state[name])
        self.step = state["step"]


def train(config: PriorConfig, stage: Stage) -> Path:
    """Train for ``config.steps``, resuming what ``stage.directory`` holds. Returns the checkpoint."""
    rng = np.random.default_rng([stage.seed, 2])
    torch.manual_seed(stage.seed)
    trainer = PriorTrainer(config)
    checkpoint = stage.directory / CHECKPOINT
    if checkpoint.exists():
        trainer.load_state_dict(load_checkpoint(checkpoint, rng))
        log.info("resuming the prior at step %d", trainer.step)
    windows = Windows(sorted((stage.run / "collect").glob("shard_*.npz")), config.horizon)
    statistics = {"mean": torch.from_numpy(windows.mean), "std": torch.from_numpy(windows.std)}
    with SummaryWriter(str(stage.directory)) as curves, training_progress("prior", config.steps) as advance:
        recent: float | None = None  # mean loss of about the last 100 steps
        while trainer.step < config.steps:
            loss = trainer.update(windows.sample(config.batch_size, rng))
            recent = loss if recent is None else recent + (loss - recent) / 100
            if trainer.step % 25 == 0:
                curves.add_scalar("loss", recent, trainer.step)
                advance(trainer.step, f"loss {recent:.4f}")
            if trainer.step % config.checkpoint_every == 0 or trainer.step == config.steps:
                save_checkpoint(checkpoint, {**trainer.state_dict(), **statistics}, rng)
    return checkpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, "prior", PriorConfig)
    train(config, stage)
    return 0
