"""The picture of `evaluate height`: what was asked for and what the trunks did (Fig. 4)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from diffusion_mpc_ros.planning.trajectory import DT

_ASKED, _DONE = "tab:red", "tab:blue"


def save_figure(path: Path, heights: np.ndarray, targets: Sequence[float], tolerance: float) -> None:
    """Draws heights (T, N) in m over time; each of ``targets`` was asked for for an equal share of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(len(heights)) * DT
    asked = np.repeat(targets, len(heights) // len(targets))
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.fill_between(time, asked - tolerance, asked + tolerance, step="post", color=_ASKED, alpha=0.1, linewidth=0)
    axes.step(time, asked, where="post", color=_ASKED, linewidth=1.2, label=f"asked for, ± {100 * tolerance:g} cm")
    low, high = np.quantile(heights, (0.05, 0.95), axis=1)
    axes.fill_between(time, low, high, color=_DONE, alpha=0.25, linewidth=0, label="nine robots in ten")
    axes.plot(time, heights[:, 0], color=_DONE, alpha=0.5, linewidth=0.7, label="one robot")
    axes.plot(time, heights.mean(axis=1), color=_DONE, linewidth=1.8, label=f"mean of {heights.shape[1]}")
    axes.set_xlabel("time [s]")
    axes.set_ylabel("height of the trunk [m]")
    axes.set_xlim(0, time[-1])
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    figure.savefig(path, dpi=150)
