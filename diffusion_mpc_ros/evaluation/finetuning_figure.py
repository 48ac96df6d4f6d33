"""The picture of `evaluate finetuning`: survival by condition, models side by side, a panel for each speed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

COLOURS = ("0.65", "#0072B2", "#E69F00", "#009E73", "#CC79A7")


def save_figure(path: Path, cells: Sequence[Mapping[str, Any]], models: Sequence[str]) -> None:
    """Writes the picture of a summary of rows; lines show the spread over the seeds."""
    conditions = list(dict.fromkeys(cell["condition"] for cell in cells))
    speeds = sorted({cell["speed"] for cell in cells})
    figure = Figure(figsize=(4 * len(speeds), 1.5 + 0.25 * len(conditions) * len(models)), layout="constrained")
    panels = figure.subplots(1, len(speeds), sharey=True, squeeze=False)[0]
    place = np.arange(len(conditions))
    height = 0.8 / len(models)
    by_cell = {(cell["condition"], cell["speed"], cell["model"]): cell for cell in cells}
    for panel, speed in zip(panels, speeds, strict=True):
        for index, model in enumerate(models):
            chosen = [by_cell[condition, speed, model] for condition in conditions]
            panel.barh(
                place + (index - (len(models) - 1) / 2) * height,
                [100 * cell["survival"] for cell in chosen],
                height,
                xerr=[50 * cell["survival_spread"] for cell in chosen],
                color=COLOURS[index % len(COLOURS)],
                label=model,
            )
        panel.set_title(f"{speed:g} m/s", fontsize=10)
        panel.set_xlabel("survival [%]")
        panel.set_xlim(0, 105)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_yticks(place, conditions)
    panels[0].invert_yaxis()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(models), frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
