"""The picture of `evaluate adaptation`: Table II as bars, tracking below them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

PAPER = {
    "joint_velocity": 0.43,
    "joint_acceleration": 0.29,
    "posture_negative": 0.64,
    "posture_positive": 0.31,
    "balancing": 0.32,
    "energy": 0.38,
}
"""Largest reductions of Table II."""
TITLES = {
    "joint_velocity": "joint velocity",
    "joint_acceleration": "joint acceleration",
    "posture_negative": "posture: rear calves extended",
    "posture_positive": "posture: rear calves flexed",
    "balancing": "balancing",
    "energy": "energy",
}
_KINDS = (
    (False, False, "neither (one candidate: no planning)", "0.72"),
    (False, True, "constraint", "#E69F00"),
    (True, False, "reward", "#56B4E9"),
    (True, True, "reward and constraint", "#0072B2"),
)
"""Colours of Okabe and Ito, told apart by colour-blind readers, too."""
_KEPT, _LOST = "#009E73", "#D55E00"
_BAR = 0.2
"""Width of a bar, in distances between groups."""
_COLUMNS = 3
_LABEL = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}


def save_figure(path: Path, rows: Sequence[dict[str, Any]], tracking: float) -> None:
    """Writes the picture of the table's rows; ``tracking`` is what had to be kept."""
    names = list(dict.fromkeys(row["objective"] for row in rows))
    lines = -(-len(names) // _COLUMNS)
    columns = min(len(names), _COLUMNS)
    figure = Figure(figsize=(1.0 + 4.2 * columns, 1.2 + 3.6 * lines), layout="constrained")
    figure.suptitle("Penalties against no planning, and how well commands are still tracked")
    panels = figure.subfigures(lines, columns, squeeze=False)
    for panel, name in zip(panels.flat, names, strict=False):
        above, below = panel.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        _draw_penalties(above, [row for row in rows if row["objective"] == name], name)
        _draw_tracking(below, [row for row in rows if row["objective"] == name], tracking)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.legend(handles=_legend(tracking), loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    figure.savefig(path, dpi=150)


def _draw_penalties(axes: Axes, rows: list[dict[str, Any]], name: str) -> None:
    for x, row, colour in _placed(rows):
        share = 100 * (1.0 - row["reduction"])
        axes.bar(x, share, _BAR * 0.92, color=colour, zorder=2)
        axes.annotate(f"{share:.0f}", (x, share), ha="center", va="bottom", fontsize=7, color="0.25", bbox=_LABEL)
    axes.axhline(100, color="0.3", linewidth=0.8, zorder=1)
    axes.axhline(100 * (1.0 - PAPER[name]), color="0.3", linewidth=1, linestyle=":", zorder=3)
    axes.set_title(TITLES[name], fontsize=11)
    axes.set_ylabel("penalty [%]", fontsize=9)
    axes.set_ylim(0, max(115.0, *(108 * (1.0 - row["reduction"]) for row in rows)))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)


def _draw_tracking(axes: Axes, rows: list[dict[str, Any]], tracking: float) -> None:
    for x, row, _ in _placed(rows):
        share = 100 * row["tracking"]
        kept = row["tracking"] >= tracking
        # What falls below the axis is drawn at its edge: how far it fell does not matter any more.
        axes.plot(x, max(share, 90.3), "o" if kept else "X", color=_KEPT if kept else _LOST, markersize=5, zorder=2)
    axes.axhline(100 * tracking, color="0.3", linewidth=0.8, linestyle="--", zorder=1)
    axes.set_ylim(90, 101.5)
    axes.set_ylabel("tracking [%]", fontsize=9)
    axes.grid(axis="y", alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    counts = sorted({row["candidates"] for row in rows})
    axes.set_xticks(range(len(counts)), [f"{count} candidate{'s' * (count > 1)}" for count in counts])
    axes.tick_params(labelsize=8)


def _placed(rows: list[dict[str, Any]]) -> list[tuple[float, dict[str, Any], str]]:
    """Each row with its place on the axis, grouped by candidates, and its colour."""
    counts = sorted({row["candidates"] for row in rows})
    placed = []
    for row in rows:
        kinds = [kind[:2] for kind in _KINDS]
        index = kinds.index((row["reward"], row["constraint"]))
        placed.append((counts.index(row["candidates"]) + (index - 1.5) * _BAR, row, _KINDS[index][3]))
    return placed


def _legend(tracking: float) -> list[Patch | Line2D]:
    kinds = [Patch(color=colour, label=label) for _, _, label, colour in _KINDS]
    return [
        *kinds,
        Line2D([], [], color="0.3", linestyle=":", label="best of the paper"),
        Line2D([], [], color=_KEPT, marker="o", linestyle="", label=f"tracking of {tracking:.0%} kept"),
        Line2D([], [], color=_LOST, marker="X", linestyle="", label="lost"),
    ]
