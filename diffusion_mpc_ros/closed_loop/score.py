"""How well robots followed their commands: survival and velocity deviation (section VI-A2, Table III)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.closed_loop.rollout import Tick

SETTLING = 50
"""Ticks left out of the mean velocity, in which the robot gets going."""


@dataclass(frozen=True)
class Score:
    """One command, one seed."""

    survival: float
    """Share of environments that never fell."""
    velocity_error: float
    """E_v: mean of ||v - command|| / ||command|| over time and survivors."""
    mean_velocity: tuple[float, ...]
    """(v_x, v_y, yaw rate), mean over survivors after settling, m/s and rad/s."""


def score(ticks: Iterator[Tick], commands: np.ndarray, groups: np.ndarray) -> list[Score]:
    """Scores of the environments of each group (N,) of equal commands (N, 3)."""
    # A turning command is judged by its yaw rate, one along the ground by its velocity, as in the paper.
    turning = np.linalg.norm(commands[:, :2], axis=1) == 0
    judged = np.where(turning[:, None], [0, 0, 1], [1, 1, 0])
    size = np.linalg.norm(commands * judged, axis=1)
    error, velocity = np.zeros(len(commands)), np.zeros((len(commands), 3))
    count = 0
    for count, tick in enumerate(ticks, start=1):
        error += np.linalg.norm((tick.velocity - commands) * judged, axis=1) / size
        velocity += tick.velocity * (count > SETTLING)
        alive = tick.alive
    scores = []
    for group in np.unique(groups):
        members = groups == group
        upright = members & alive
        mean = velocity[upright].mean(axis=0) / max(count - SETTLING, 1) if upright.any() else np.full(3, np.nan)
        scores.append(
            Score(
                survival=float(upright.sum() / members.sum()),
                velocity_error=float(error[upright].mean() / count) if upright.any() else float("nan"),
                mean_velocity=tuple(float(v) for v in mean),
            )
        )
    return scores
