"""The picture of `evaluate energy`: energy over distance with and without the energy term (Fig. 2, right)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

LINES = {"off": ("no planning", "0.35"), "on": ("energy term", "#009E73")}
"""Captions and colours."""


def save_figure(path: Path, journeys: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Writes the picture of distances (T,) in m and energies (T,) in J, by names of LINES."""
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    for name, (distance, energy) in journeys.items():
        caption, colour = LINES[name]
        axes.plot(distance, energy / 1000, color=colour, linewidth=2)
        axes.annotate(caption, (distance[-1], energy[-1] / 1000), (6, 0), textcoords="offset points", color=colour)
    saved = 1.0 - (journeys["on"][1][-1] / journeys["on"][0][-1]) / (journeys["off"][1][-1] / journeys["off"][0][-1])
    axes.set_title(f"Mechanical energy of a walking robot: {saved:.0%} less for the same way", fontsize=11)
    axes.set_xlabel("distance [m]")
    axes.set_ylabel("energy [kJ]")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.18)
    axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
