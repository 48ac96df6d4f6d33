"""What is measured of a robot's motion: the penalties of section VI-A1 and how well commands are tracked.

Penalties are those of section V-B, taken of what the robot did rather than of what was planned.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from diffusion_mpc_ros.evaluation.motion import Motion
from diffusion_mpc_ros.planning.trajectory import DT, joint_indices

Measure = Callable[[Motion, Motion], np.ndarray]
"""Takes the motion after a tick and the one before it to a value (N,) of each robot."""

SETTLING = 50
"""Ticks left out of the means, in which the robot gets going."""
TRACKING_SIGMA = 0.25
"""sigma of the tracking metric, (m/s)^2 and (rad/s)^2; the paper gives none, 0.25 is legged_gym's."""
TOTAL_VARIATION = 0.05
"""lambda_tv of the balancing penalty; the paper gives none."""
REAR_CALVES = joint_indices(legs=("RR", "RL"), segments=("calf",))
REAR_CALF_TARGET = {"posture_negative": -1.2, "posture_positive": -1.6}
"""Targets of section VI-B1, rad: the mean of the gait, about -1.4, taken 0.2 rad towards extension and flexion."""


def joint_velocity(now: Motion, before: Motion) -> np.ndarray:
    """Mean over the joints of dq^2, (rad/s)^2 (section V-B4)."""
    return np.mean(now.dq**2, axis=1)


def joint_acceleration(now: Motion, before: Motion) -> np.ndarray:
    """Mean over the joints of the squared change of dq in a tick over its duration, (rad/s^2)^2 (section V-B4)."""
    return np.mean(((now.dq - before.dq) / DT) ** 2, axis=1)


def rear_calves_off(target: float) -> Measure:
    """Mean over the rear calves of their squared deviation from ``target`` in rad, rad^2 (section V-B2)."""

    def measure(now: Motion, before: Motion) -> np.ndarray:
        return np.mean((now.q[:, REAR_CALVES] - target) ** 2, axis=1)

    return measure


def balancing(now: Motion, before: Motion) -> np.ndarray:
    """(1 - g . down) + lambda_tv ||g - g before||_1, g the direction of gravity (section V-B5)."""
    return 1.0 + now.gravity[:, 2] + TOTAL_VARIATION * np.abs(now.gravity - before.gravity).sum(axis=1)


def energy(now: Motion, before: Motion) -> np.ndarray:
    """Mechanical power, W (section V-B3)."""
    return now.power


def linear_tracking(now: Motion, before: Motion) -> np.ndarray:
    """exp(-||v - command||^2 / sigma) of the horizontal velocity (section VI-A1); 1 is perfect."""
    return np.exp(-np.sum((now.velocity - now.command)[:, :2] ** 2, axis=1) / TRACKING_SIGMA)


def angular_tracking(now: Motion, before: Motion) -> np.ndarray:
    """The same of the yaw rate."""
    return np.exp(-((now.velocity - now.command)[:, 2] ** 2) / TRACKING_SIGMA)


PENALTIES: Mapping[str, Measure] = {
    "joint_velocity": joint_velocity,
    "joint_acceleration": joint_acceleration,
    **{name: rear_calves_off(target) for name, target in REAR_CALF_TARGET.items()},
    "balancing": balancing,
    "energy": energy,
}
"""By objective, in the order of Table II."""
TRACKING: Mapping[str, Measure] = {"linear": linear_tracking, "angular": angular_tracking}


class EpisodeError(ValueError):
    """An episode that is too short to be measured."""


@dataclass(frozen=True)
class Outcome:
    """An episode of N robots.

    Attributes:
        survival: share of the robots that never fell.
        means: of each measure over time and surviving robots; NaN when none survived.
    """

    survival: float
    means: Mapping[str, float]

    def tracking(self, reference: "Outcome") -> float:
        """Tracking relative to a reference: the worse of linear and angular."""
        return min(self.means[name] / reference.means[name] for name in TRACKING)


def measured(episode: Iterable[Motion], measures: Mapping[str, Measure], settling: int = SETTLING) -> Outcome:
    """The means of ``measures`` over an episode without its first ``settling`` ticks, of which there is at least one.

    Raises:
        EpisodeError: an episode that ends before.
    """
    sums: dict[str, np.ndarray] = {}
    tick = 0
    for tick, (before, now) in enumerate(pairwise(episode), start=1):
        if tick >= settling:
            for name, measure in measures.items():
                sums[name] = sums.get(name, 0.0) + measure(now, before)
    count = tick + 1 - settling
    if count < 1:
        raise EpisodeError(f"episode: expected more than {settling} ticks, got {tick + 1}")
    alive = now.alive
    means = {name: float(total[alive].mean() / count) if alive.any() else float("nan") for name, total in sums.items()}
    return Outcome(float(alive.mean()), means)
