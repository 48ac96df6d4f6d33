"""The picture of interactive training: survival and velocity deviation over the interactions, and what was kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from diffusion_mpc_ros.closed_loop.commands import COMMANDS, command_text

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")


def save_figure(path: Path, history: Sequence[Mapping[str, Any]]) -> None:
    """Writes the picture of a history of rounds, the first of which is the start."""
    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True)
    interactions = np.array([entry["interactions"] for entry in history]) / 1e6
    for column, (name, title) in enumerate((("survival", "survival"), ("velocity_error", "velocity deviation $E_v$"))):
        curves = 100 * np.array([entry[name] for entry in history])
        for command, colour, curve in zip(COMMANDS, COLOURS, curves.T, strict=True):
            axes[0, column].plot(interactions, curve, color=colour, linewidth=2, label=command_text(command))
        axes[0, column].set_title(title, fontsize=10)
        axes[0, column].set_ylabel("%")
        axes[0, column].set_ylim(bottom=0)
    axes[0, 0].legend(fontsize=8, frameon=False)
    rounds = history[1:]
    for column, (name, title) in enumerate((("return", "return a tick of the rollouts"), ("loss", "weighted loss"))):
        axes[1, column].plot(interactions[1:], [entry[name] for entry in rounds], color="0.35", linewidth=2)
        axes[1, column].set_title(title, fontsize=10)
        axes[1, column].set_xlabel("interactions [million control steps]")
    for each in axes.flat:
        each.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.png")
    figure.savefig(partial, dpi=130)
    partial.replace(path)
