"""`train rewards`: networks that read a physical quantity off a noisy window (sections V-B1, V-B3).

f_phi(tau^(k), k) estimates what the clean window behind tau^(k) amounts to, at the levels k = 0..K-1 at which reward
planning asks for it. It tells metres or watts: what is wanted of them is said when planning. The three networks share
nothing but the windows they are trained on together. Whole trajectories are held out to measure their errors.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from diffusion_mpc_ros.planning.quantity import UNITS
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.training.noising import Noising
from diffusion_mpc_ros.training.prior import PriorConfig
from diffusion_mpc_ros.training.quantity_network import QuantityNetwork
from diffusion_mpc_ros.training.settings import read_settings, section
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.stage import Stage, add_stage_arguments, open_stage, settings_path
from diffusion_mpc_ros.training.trainer import Trainer, TrainerConfig, load_trained
from diffusion_mpc_ros.training.windows import Windows

CHECKPOINT = "rewards.pt"
ERRORS = "errors.json"
"""Held-out errors by quantity and level, in the stage's directory."""
TESTED = 20_000
"""Held-out windows that errors are measured on, at most."""


@dataclass(frozen=True)
class RewardModelConfig(TrainerConfig):
    """The networks and their training."""

    steps: int = 4000
    width: int = 128
    """Values in each of the two hidden layers."""
    held_out: int = 20
    """One trajectory in this many is never trained on."""


def build_networks(config: RewardModelConfig, prior: PriorConfig) -> dict[str, QuantityNetwork]:
    """A network for each quantity."""
    return {name: QuantityNetwork(prior.horizon, prior.diffusion_steps, config.width) for name in UNITS}


def train(config: RewardModelConfig, prior: PriorConfig, stage: Stage, shards: Sequence[Path]) -> Path:
    """Train on ``shards`` for ``config.steps``, resuming what ``stage.directory`` holds, and measure.

    Returns the checkpoint.
    """
    rng = np.random.default_rng([stage.seed, 3])
    torch.manual_seed(stage.seed)
    windows = Windows(shards, prior.horizon)
    held_out = windows.trajectory % config.held_out == 0
    seen = windows.starts[~held_out]
    networks, noising = build_networks(config, prior), Noising(prior.diffusion_steps)
    _standardise(networks, windows, seen)

    def losses() -> dict[str, Tensor]:
        starts = rng.choice(seen, config.batch_size)
        k = torch.randint(prior.diffusion_steps, (config.batch_size,))
        noisy, truth = noising(windows.tau(starts), k), windows.quantities(starts)
        return {
            name: (network.standardised(noisy, k) - (truth[name] - network.mean) / network.std).square().mean()
            for name, network in networks.items()
        }

    checkpoint = stage.directory / CHECKPOINT
    Trainer(nn.ModuleDict(networks), config).fit(checkpoint, losses, rng)
    load_trained(nn.ModuleDict(networks), checkpoint, config.steps)
    tested = np.random.default_rng(stage.seed).permutation(windows.starts[held_out])[:TESTED]
    torch.manual_seed(stage.seed)  # the same noise, whether trained just now or before
    errors = held_out_errors(networks, noising, windows, tested)
    write_json(stage.directory / ERRORS, {"windows": len(tested), "quantities": errors})
    return checkpoint


def _standardise(networks: dict[str, QuantityNetwork], windows: Windows, starts: np.ndarray) -> None:
    for name, quantity in windows.quantities(starts).items():
        network = networks[name]
        network.column_mean.copy_(torch.from_numpy(windows.mean))
        network.column_std.copy_(torch.from_numpy(windows.std))
        network.mean.copy_(quantity.mean())
        network.std.copy_(quantity.std())


@torch.inference_mode()
def held_out_errors(
    networks: dict[str, QuantityNetwork], noising: Noising, windows: Windows, starts: np.ndarray
) -> dict[str, dict[str, Any]]:
    """Root mean square errors by quantity: ``unit``, ``deviation`` of the truth (the error of knowing nothing of a
    window but the mean of all), ``rmse`` by level; all on the windows that begin at rows ``starts``."""
    tau, truth = windows.tau(starts), windows.quantities(starts)
    rmse: dict[str, dict[int, float]] = {name: {} for name in networks}
    for level in range(noising.num_steps):
        k = torch.full((len(starts),), level)
        noisy = noising(tau, k)
        for name, network in networks.items():
            estimate = network.mean + network.std * network.standardised(noisy, k)
            rmse[name][level] = round((estimate - truth[name]).square().mean().sqrt().item(), 5)
    return {
        name: {"unit": UNITS[name], "deviation": round(truth[name].std().item(), 5), "rmse": rmse[name]}
        for name in networks
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, "rewards", RewardModelConfig)
    shards = sorted((args.run / "collect").glob("shard_*.npz"))
    train(config, section(read_settings(settings_path(args)), "prior", PriorConfig), stage, shards)
    return 0
