"""Gradient descent on one network, from settings to a checkpoint: what the training stages share."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter

from diffusion_mpc_ros.training import parallel
from diffusion_mpc_ros.training.checkpoint import load_checkpoint, read_checkpoint, save_checkpoint
from diffusion_mpc_ros.training.progress import training_progress
from diffusion_mpc_ros.training.settings import SettingsError

log = logging.getLogger(__name__)

LOG_EVERY = 25
"""Steps between two points of a curve."""


@dataclass(frozen=True)
class TrainerConfig:
    """How long and how fast a network is trained."""

    steps: int = 7000
    batch_size: int = 1024
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    warmup: float = 0.05
    """Share of the steps in which the rate rises; it falls as a cosine after."""
    ema_decay: float = 0.999
    checkpoint_every: int = 250


class Trainer:
    """Network, average, optimiser and their state on disk.

    Attributes:
        network: that is trained.
        replica: the same to be called in losses: several processes train it together.
        average: its exponential moving average.
    """

    def __init__(self, network: nn.Module, config: TrainerConfig) -> None:
        self.config = config
        self.network = network
        self.replica = parallel.replicated(self.network)
        self.average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(config.ema_decay))
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.rate = OneCycleLR(
            self.optimizer, config.learning_rate, total_steps=config.steps + 1, pct_start=config.warmup
        )
        self.step = 0

    def fit(
        self,
        checkpoint: Path,
        losses: Callable[[], Mapping[str, Tensor]],
        rng: np.random.Generator,
        kept: Mapping[str, Tensor] | None = None,
    ) -> None:
        """Train for ``config.steps``, resuming what ``checkpoint`` holds if that is less. Curves are written beside it.

        Args:
            checkpoint: where the state goes; its name without suffix is that of the training.
            losses: draws a batch and gives its losses by name; their sum is minimised.
            rng: the generator that ``losses`` draws from, beside torch's own.
            kept: what the checkpoint shall hold beside the state of the training.

        Of several processes all train alike and the first one writes.
        """
        name = checkpoint.stem
        if checkpoint.exists():
            if read_checkpoint(checkpoint)["step"] >= self.config.steps:
                return
            self.load_state_dict(load_checkpoint(checkpoint, rng))
            log.info("resuming the %s at step %d", name, self.step)
        recent: dict[str, float] = {}  # mean losses of about the last 100 steps
        with curves_of(checkpoint.parent) as curves, training_progress(name, self.config.steps) as advance:
            while self.step < self.config.steps:
                for label, loss in self.update(losses()).items():
                    recent[label] = recent.get(label, loss) + (loss - recent.get(label, loss)) / 100
                if self.step % LOG_EVERY == 0 and curves is not None:
                    for label, loss in recent.items():
                        curves.add_scalar(label, loss, self.step)
                    advance(self.step, ", ".join(f"{label} {loss:.4f}" for label, loss in recent.items()))
                if parallel.leads() and (
                    self.step % self.config.checkpoint_every == 0 or self.step == self.config.steps
                ):
                    save_checkpoint(checkpoint, {**self.state_dict(), **(kept or {})}, rng)
        parallel.wait()

    def update(self, losses: Mapping[str, Tensor]) -> dict[str, float]:
        """One gradient step; the losses as numbers, means over all processes."""
        self.optimizer.zero_grad()
        stacked = torch.stack(list(losses.values()))
        stacked.sum().backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.rate.step()
        self.average.update_parameters(self.network)
        self.step += 1
        return dict(zip(losses, parallel.mean(stacked.detach()).tolist(), strict=True))

    def state_dict(self) -> dict[str, Any]:
        """All that a checkpoint needs but the random generators."""
        parts = {name: getattr(self, name).state_dict() for name in ("network", "average", "optimizer", "rate")}
        return {**parts, "step": self.step}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what ``state_dict`` gave."""
        for name in ("network", "average", "optimizer", "rate"):
            getattr(self, name).load_state_dict(state[name])
        self.step = state["step"]


def curves_of(directory: Path, purge_step: int | None = None) -> AbstractContextManager[SummaryWriter | None]:
    """Where curves are written to: TensorBoard's files in ``directory``, or nowhere in all processes but the first.

    Curves from ``purge_step`` on are replaced.
    """
    return SummaryWriter(str(directory), purge_step=purge_step) if parallel.leads() else nullcontext()


def load_trained(network: nn.Module, checkpoint: Path, steps: int) -> dict[str, Any]:
    """Give ``network`` the averaged weights of a finished training. Returns all that the checkpoint holds.

    Raises:
        SettingsError: the training has done fewer than ``steps``.
    """
    state = read_checkpoint(checkpoint)
    if state["step"] < steps:
        raise SettingsError(f"{checkpoint}: expected {steps} steps of training, got {state['step']}; train on")
    average = AveragedModel(network)
    average.load_state_dict(state["average"])
    network.load_state_dict(average.module.state_dict())
    return state
