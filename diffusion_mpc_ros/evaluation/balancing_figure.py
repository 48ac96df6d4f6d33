"""The picture of `evaluate balancing`: a strike, moment by moment, above the success rates."""

from pathlib import Path
from typing import Any

import mujoco
import numpy as np
from matplotlib.figure import Figure

from diffusion_mpc_ros.evaluation.strikes import Trials
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.simulation.go2 import build_spec
from diffusion_mpc_ros.simulation.go2_visuals import add_visuals
from diffusion_mpc_ros.simulation.pendulum import add_pendulum
from diffusion_mpc_ros.simulation.rendering import Camera, Renderer

MOMENTS_S = (-0.12, -0.06, 0.0, 0.2, 0.5, 0.9)
"""When the strike is shown, from the contact."""
PICTURE = (460, 440)
"""Width and height of one moment's picture, pixels."""
PAPER = {(60, False): 0.8, (60, True): 1.0, (90, False): 0.6, (90, True): 0.9}
"""Table IV, on the real robot."""
_COLOURS = {False: "0.65", True: "tab:blue"}
_BAR = 0.36
"""Width of a bar, in distances between angles."""


def save_figure(path: Path, rows: list[dict[str, Any]], trials: Trials) -> None:
    """Writes the picture: ``trials`` give the strike, the first that was withstood if there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(13, 5.6), layout="constrained")
    grid = figure.add_gridspec(2, len(MOMENTS_S), height_ratios=[1, 1.25])
    for column, (moment, picture) in enumerate(strip(trials)):
        axes = figure.add_subplot(grid[0, column])
        axes.imshow(picture)
        axes.set_title(f"{moment:+.2f} s" if moment else "contact", fontsize=9)
        axes.set_axis_off()
    _draw_bars(figure.add_subplot(grid[1, :]), rows)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=150)


def strip(trials: Trials) -> list[tuple[float, np.ndarray]]:
    """Moments, s from the contact, and their pictures (height, width, 3) of one trial."""
    index = int(np.argmax(trials.success))
    hit = trials.hit_tick[index]
    renderer = Renderer(_scene(trials.pivot[index], trials.yaw[index]), PICTURE)
    x, y, _ = trials.qpos[hit, index, :3]
    # From ahead and to the side that the weight comes from, so that its way runs across the picture.
    side = np.sign(trials.qpos[trials.release_tick[index], index, 19])
    camera = Camera.orbiting(np.array([x, y, 0.36]), trials.yaw[index] + side * np.deg2rad(20), np.deg2rad(9), 3.2)
    last = len(trials.qpos) - 1
    ticks = [int(np.clip(hit + round(moment / DT), 0, last)) for moment in MOMENTS_S]
    pictures = [renderer.render(trials.qpos[tick, index], camera) for tick in ticks]
    return list(zip(MOMENTS_S, pictures, strict=True))


def _scene(pivot: np.ndarray, yaw: float) -> mujoco.MjModel:
    spec = build_spec(timestep=0.005, actuators="position")
    add_visuals(spec)
    add_pendulum(spec, tuple(pivot), yaw)
    return spec.compile()


def _draw_bars(axes: Any, rows: list[dict[str, Any]]) -> None:
    angles = sorted({row["release_deg"] for row in rows})
    for planning, colour in _COLOURS.items():
        own = sorted((row for row in rows if row["planning"] == planning), key=lambda row: row["release_deg"])
        places = np.arange(len(angles)) + (_BAR / 2 if planning else -_BAR / 2)
        bars = axes.bar(
            places, [row["success"] for row in own], _BAR, color=colour, label="planning" if planning else "no planning"
        )
        axes.bar_label(bars, [f"{row['success']:.1%}" for row in own], padding=2, fontsize=9)
        paper = [PAPER.get((angle, planning), np.nan) for angle in angles]
        label = "paper, real robot" if planning else None
        axes.plot(places, paper, linestyle="none", marker="D", markersize=5, color="black", label=label)
    speeds = {row["release_deg"]: row["impact_speed"] for row in rows}
    axes.set_xticks(range(len(angles)), [f"{angle}°, {speeds[angle]:.2f} m/s" for angle in angles])
    axes.set_ylim(0, 1.12)
    axes.set_xlabel("release angle and speed of the weight at its lowest point")
    axes.set_ylabel("share of trials withstood")
    axes.spines[["top", "right"]].set_visible(False)
