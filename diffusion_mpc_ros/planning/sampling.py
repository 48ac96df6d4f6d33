"""What Algorithm 1 is told, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.planning.trajectory import ACTION_DIM

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
        temperature: scale of all noise; below 1 samples are likelier ones (as in Ajay et al. 2023, section 3.2).
        steps: reverse steps from noise to a plan, at most the K that the model was trained with.
        coherence: w of the score that candidates are ranked by, R(tau) - w times their ``incoherence``.
        deadline_ms: heeded by the planner node (``scheduler.py``), not by the sampler.
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
    temperature: float = field(
        default=1.0,
        metadata=parameter(
            "Scale of the sampler's noise: below 1 plans are likelier and more alike, with 0 always the same",
            (0.0, 1.0),
        ),
    )
    steps: int = field(
        default=10,
        metadata=parameter("Reverse steps of a plan; fewer than the model's own skip diffusion levels evenly", (1, 10)),
    )
    coherence: float = field(
        default=0.0,
        metadata=parameter(
            "Weight of the previous plan when candidates are ranked (times the mean square difference of the targets "
            "in rad): those that go on with it are kept, which plans made at every tick without commits need to hold "
            "one gait",
            (0.0, 1e6),
        ),
    )
    deadline_ms: float = field(
        default=0.0,
        metadata=parameter(
            "Time a plan may take, ms: if need be it gets fewer candidates, then fewer steps; 0 is off", (0.0, 1000.0)
        ),
    )


@dataclass(frozen=True)
class Start:
    """Where a chain that skips its first ``skipped`` steps begins: trajectories (B, N, H, 57), physical units."""

    tau: np.ndarray
    skipped: int


@dataclass(frozen=True)
class Given:
    """What the plans of B robots begin with, physical units.

    Attributes:
        s0: (B, 45) float32 current observations; returned untouched as the first states.
        committed: (B, D, 12) float32 the first actions, that will have been executed when a plan takes over: rad. Plans
            go on from them, but for what the constraints move; D may be 0.
        previous: (B, R, 12) float32 what the previous plans hold for the first R rows, rad; R may be 0.
    """

    s0: np.ndarray
    committed: np.ndarray
    previous: np.ndarray

    @classmethod
    def of(cls, s0: np.ndarray, committed: np.ndarray | None = None, previous: np.ndarray | None = None) -> "Given":
        """With no action committed and no previous plan by default."""
        none = np.zeros((len(s0), 0, ACTION_DIM), np.float32)
        return cls(s0, none if committed is None else committed, none if previous is None else previous)

    def of_robots(self, robots: np.ndarray) -> "Given":
        """Those of some robots (indices or mask)."""
        return Given(self.s0[robots], self.committed[robots], self.previous[robots])


@dataclass(frozen=True)
class Sample:
    """Outcome of Algorithm 1, physical units.

    Attributes:
        scores: (B, N) what each candidate is ranked by; zeros when there was nothing to rank.
        best: (B, H, 57) the candidate of highest score.
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
