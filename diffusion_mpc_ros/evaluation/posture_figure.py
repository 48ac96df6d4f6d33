"""The picture of `evaluate posture`: calf angles over time (Fig. 2) above the robot in its postures (Fig. 3)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.simulation.go2 import build_spec
from diffusion_mpc_ros.simulation.go2_visuals import add_visuals
from diffusion_mpc_ros.simulation.rendering import Camera, Renderer
from diffusion_mpc_ros.simulation.rendering.camera import heading

ORDER = {
    "negative": ("towards extension", "#0072B2"),
    "none": ("no planning", "0.35"),
    "positive": ("towards flexion", "#D55E00"),
}
"""Targets from left to right, their captions and colours."""
PICTURE = (640, 460)
"""Width and height of a picture of the robot, pixels."""


def save_figure(path: Path, walks: Mapping[str, tuple[float | None, np.ndarray, np.ndarray]]) -> None:
    """Writes the picture.

    Args:
        path: the PNG.
        walks: by target: it in rad, rear calves (T, N, 2) in rad, and the last positions (t, 19) of the first robot.
    """
    figure = Figure(figsize=(11, 6.6), layout="constrained")
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=[1.1, 1])[:, 0]
    axes = above.subplots()
    panels = below.subplots(1, len(ORDER))
    for (name, (caption, colour)), panel in zip(ORDER.items(), panels, strict=True):
        angle, calves, poses = walks[name]
        _draw_angles(axes, angle, calves[-len(poses) :, 0, 1], colour)
        panel.imshow(_picture(poses))
        panel.set_title(caption, color=colour, fontsize=11)
        panel.set_axis_off()
    axes.set_xlabel("time [s]")
    axes.set_ylabel("rear left calf [rad]")
    axes.set_title("Rear left calf of a walking robot, its mean (at the right) and its target (dashed)", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)


def _draw_angles(axes: Axes, angle: float | None, calf: np.ndarray, colour: str) -> None:
    """One calf's angle (t,) over time, its mean and its target."""
    time = np.arange(len(calf)) * DT
    axes.plot(time, calf, color=colour, linewidth=1.6)
    axes.plot([time[-1] * 1.005, time[-1] * 1.03], [calf.mean()] * 2, color=colour, linewidth=3)
    if angle is not None:
        axes.axhline(angle, color=colour, linewidth=1, linestyle="--", alpha=0.8)


def _picture(poses: np.ndarray) -> np.ndarray:
    """The robot from its left, in the pose (of ``poses`` (t, 19)) closest to its mean one."""
    joints = poses[:, 7:]
    pose = poses[np.argmin(np.linalg.norm(joints - joints.mean(axis=0), axis=1))]
    spec = build_spec(timestep=0.005, actuators="position")
    add_visuals(spec)
    turn = float(heading(pose[3:7]))
    camera = Camera.orbiting(np.array([*pose[:2], 0.2]), turn + np.deg2rad(82), np.deg2rad(7), 1.55)
    return Renderer(spec.compile(), PICTURE).render(pose, camera)
