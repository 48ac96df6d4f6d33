"""Which training a denoiser is taken from: of the prior, or of an interactive one that went on from it."""

import argparse
from pathlib import Path
from typing import Any

from diffusion_mpc_ros.training import prior
from diffusion_mpc_ros.training.denoising_network import DenoisingNetwork
from diffusion_mpc_ros.training.prior import PriorConfig, build_network
from diffusion_mpc_ros.training.rounds import read_best
from diffusion_mpc_ros.training.trainer import load_trained

PRIOR = "prior"
SOURCES = (PRIOR, "finetune", "scratch")
"""Stages that train a denoiser."""


def add_source_argument(parser: argparse.ArgumentParser) -> None:
    """Whose denoiser a command is about."""
    parser.add_argument(
        "--from", dest="source", choices=SOURCES, default=PRIOR, help="stage of the denoiser (default: %(default)s)"
    )


def load_denoiser(run: Path, source: str, config: PriorConfig) -> tuple[DenoisingNetwork, dict[str, Any]]:
    """The denoiser of a run's stage, of the round that walked best where there were rounds, and its checkpoint."""
    network = build_network(config)
    if source == PRIOR:
        return network, load_trained(network, run / PRIOR / prior.CHECKPOINT, config.steps)
    state = read_best(interactive_checkpoint(run, source))
    network.load_state_dict(state["network"])
    return network, state


def interactive_checkpoint(run: Path, source: str) -> Path:
    """Checkpoint of a stage that trains interactively."""
    return run / source / f"{source}.pt"
