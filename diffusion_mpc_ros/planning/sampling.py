"""What Algorithm 1 is told, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.schedule import Schedule

METHODS = {"ddpm": Schedule.ddpm, "ddim": Schedule.ddim}
"""Samplers by name (section IV-D)."""


@dataclass(frozen=True)
class SamplerSettings:
    """How to sample.

    Attributes:
        candidates: N.
        guidance_scale: lambda of Algorithm 1.
        trust_radius: bound of one guidance step, in deviations sigma_k of the reverse step it follows.
        method: a name of METHODS.
        steps: reverse steps from noise to a plan, at most the K that the model was trained with.
    """

    candidates: int = field(
        default=1, metadata=parameter("Trajectories sampled for each plan; the best is executed", (1, 1000))
    )
    guidance_scale: float = field(
        default=1.0, metadata=parameter("Strength of reward planning (lambda); 0 only ranks", (0.0, 1000.0))
    )
    trust_radius: float = field(
        default=1.0,
        metadata=parameter(
            "Most that reward planning moves any value in one reverse step, in deviations of that step's noise",
            (0.0, 3.0),
        ),
    )
    method: str = field(
        default="ddpm",
        metadata=parameter("Reverse steps with new noise (ddpm) or deterministic ones (ddim)", choices=tuple(METHODS)),
    )
    steps: int = field(
        default=10,
        metadata=parameter("Reverse steps of a plan; fewer than the model's own skip diffusion levels evenly", (1, 10)),
    )


@dataclass(frozen=True)
class Start:
    """Where a chain that skips its first ``skipped`` steps begins: trajectories (B, N, H, 57), physical units."""

    tau: np.ndarray
    skipped: int


@dataclass(frozen=True)
class Sample:
    """Outcome of Algorithm 1, physical units.

    Attributes:
        scores: (B, N) reward of each candidate; zeros when there was nothing to rank.
        best: (B, H, 57) the candidate of highest reward.
        first: (B, H, 57) what the best one's clean trajectory was first estimated to be, before any guidance.
        clipped: (B,) share of the best one's values that the last projection moved.
        seconds: time spent in each of the ``stopwatch.PHASES``, for all robots and all threads together.
        candidates: (B, N, H, 57); valid until the sampler is called again.
    """

    scores: np.ndarray
    best: np.ndarray
    first: np.ndarray
    clipped: np.ndarray
    seconds: Mapping[str, float]
    candidates: np.ndarray
