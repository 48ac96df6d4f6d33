"""The demo's plot: commanded and measured velocity over time."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from diffusion_mpc_ros.demo.sequence import Walked

_AXES = (("v_x", "m/s"), ("v_y", "m/s"), ("yaw rate", "rad/s"))
_SMOOTHING_S = 0.25
_LEAST_RANGE = 0.5
"""Every axis shows at least this much to either side: a robot that keeps still should look it."""


def save_plot(path: Path, times: np.ndarray, velocities: np.ndarray, walked: Sequence[Walked]) -> None:
    """Draws the three components of the body velocity, one above the other.

    Args:
        path: The PNG to write.
        times: Of the measurements, s, (T,).
        velocities: (v_x, v_y, yaw rate) in the body frame, (T, 3).
        walked: Segments, on the clock of ``times``.
    """
    origin = walked[0].start if walked else (times[0] if len(times) else 0.0)
    figure = Figure(figsize=(9, 6), layout="constrained")
    rows = figure.subplots(3, 1, sharex=True)
    for column, (axes, (name, unit)) in enumerate(zip(rows, _AXES, strict=True)):
        axes.plot(times - origin, velocities[:, column], color="0.8", linewidth=0.6)
        axes.plot(times - origin, _smooth(times, velocities[:, column]), color="tab:blue", label="measured")
        for index, each in enumerate(walked):
            label = "commanded" if index == 0 else None
            axes.hlines(
                each.segment.command[column], each.start - origin, each.end - origin, colors="tab:red", label=label
            )
            axes.axvspan(each.measured_from - origin, each.end - origin, color="tab:red", alpha=0.06, linewidth=0)
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, -_LEAST_RANGE), max(high, _LEAST_RANGE))
        axes.set_ylabel(f"{name} [{unit}]")
        axes.grid(alpha=0.3)
    rows[0].legend(loc="upper right")
    rows[0].set_title("Body velocity; each segment is judged by its mean over the shaded time")
    rows[-1].set_xlabel("time since the first command [s]")
    figure.savefig(path, dpi=120)


def _smooth(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Centred moving mean over ``_SMOOTHING_S``, which takes the gait's own oscillation out of the line."""
    if len(times) < 2:
        return values
    sums = np.concatenate([[0.0], np.cumsum(values)])
    first = np.searchsorted(times, times - _SMOOTHING_S / 2)
    last = np.searchsorted(times, times + _SMOOTHING_S / 2, side="right")
    return (sums[last] - sums[first]) / (last - first)
