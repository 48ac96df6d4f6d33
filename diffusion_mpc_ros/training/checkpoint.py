"""Checkpoints that survive a kill at any moment: written beside, flushed, then renamed over."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch

from diffusion_mpc_ros.training.settings import SettingsError


def save_checkpoint(path: Path, state: dict[str, Any], rng: np.random.Generator) -> None:
    """Replace ``path`` by ``state`` and the states of both random generators, or leave the old one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        torch.save({**state, "torch_rng": torch.get_rng_state(), "numpy_rng": rng.bit_generator.state}, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What a file holds that ``save_checkpoint`` wrote, or ``train slim`` left of it."""
    state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    return state


def load_checkpoint(path: Path, rng: np.random.Generator) -> dict[str, Any]:
    """The state saved at ``path``, both random generators set back to where they were.

    Raises:
        SettingsError: only a result is left of it.
    """
    state = read_checkpoint(path)
    if "torch_rng" not in state:
        raise SettingsError(
            f"{path}: expected a training to go on with, got only what it had learned (`train slim`); "
            "remove it to train anew, or keep the settings that it was trained with"
        )
    torch.set_rng_state(state.pop("torch_rng"))
    rng.bit_generator.state = state.pop("numpy_rng")
    return state
