"""The picture of `evaluate response`: forward speed after the command has jumped, a line for each planner."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from diffusion_mpc_ros.planning.trajectory import DT

COLOURS = {"ours": "#0072B2", "paper's": "#E69F00"}
"""By whose time-line it is."""
STYLES = ("-", "--", ":")
"""Without a cache, with one, with one that is never refreshed."""


def save_figure(path: Path, rows: Sequence[Mapping[str, Any]], speed: float) -> None:
    """Draws the mean speed of each row, in m/s, from the jump of the command to ``-speed`` on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    axes = figure.subplots()
    for index, row in enumerate(rows):
        time = np.arange(len(row["mean_speed"])) * DT
        whose = row["planner"].partition(",")[0]
        axes.plot(time, row["mean_speed"], color=COLOURS[whose], linestyle=STYLES[index % 3], label=row["planner"])
    axes.axhline(-speed, color="tab:red", linewidth=1.0, label="command")
    axes.set_xlabel("time since the command jumped [s]")
    axes.set_ylabel("forward speed, mean over the robots [m/s]")
    axes.set_xlim(0, time[-1])
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False)
    figure.savefig(path, dpi=150)
