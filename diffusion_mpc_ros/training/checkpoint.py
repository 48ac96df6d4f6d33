"""Checkpoints that survive a kill at any moment: written beside, flushed, then renamed over."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch


def save_checkpoint(path: Path, state: dict[str, Any], rng: np.random.Generator) -> None:
    """Replace ``path`` by ``state`` and the states of both random generators, or leave the old one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        torch.save({**state, "torch_rng": torch.get_rng_state(), "numpy_rng": rng.bit_generator.state}, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def load_checkpoint(path: Path, rng: np.random.Generator) -> dict[str, Any]:
    """The state saved at ``path``, both random generators set back to where they were."""
    state = torch.load(path, weights_only=True, map_location="cpu")
    torch.set_rng_state(state.pop("torch_rng"))
    rng.bit_generator.state = state.pop("numpy_rng")
    return state
