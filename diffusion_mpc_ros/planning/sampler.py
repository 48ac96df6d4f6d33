"""Algorithm 1 of the paper: reverse diffusion with reward planning, constraint projection and ranking.

B robots with N candidates each run through the chain as one batch of M = B N trajectories. The chain lives in
normalised units, where the prior was learned; rewards and constraints live in physical units.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from diffusion_mpc_ros.planning.constraints.constraint_set import ConstraintSet
from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.schedule import ReverseStep, Schedule
from diffusion_mpc_ros.planning.stopwatch import Stopwatch
from diffusion_mpc_ros.planning.trajectory import STATE, WIDTH

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
    """Where a chain that skips its first ``skipped`` steps begins: trajectories (B, N, H, 57), normalised."""

    tau: np.ndarray
    skipped: int


@dataclass(frozen=True)
class Sample:
    """Outcome of Algorithm 1, physical units.

    Attributes:
        candidates: (B, N, H, 57).
        scores: (B, N) reward of each candidate; zeros when there was nothing to rank.
        best: (B, H, 57) the candidate of highest reward.
        first: (B, H, 57) what the best one's clean trajectory was first estimated to be, before any guidance.
        clipped: (B,) share of the best one's values that the last projection moved.
        seconds: time spent in each of the ``stopwatch.PHASES``, for all robots together.
    """

    candidates: np.ndarray
    scores: np.ndarray
    best: np.ndarray
    first: np.ndarray
    clipped: np.ndarray
    seconds: Mapping[str, float]


def sample(
    prior: Prior,
    reward: CompositeReward,
    constraints: ConstraintSet,
    settings: SamplerSettings,
    s0: np.ndarray,
    rng: np.random.Generator,
    start: Start | None = None,
) -> Sample:
    """Algorithm 1 (section IV-A).

    Args:
        prior: the diffusion model.
        reward: R(tau), guides each step and ranks the candidates.
        constraints: C, holds in the result to the last bit, except for the measured s_0.
        settings: N, lambda and the trust radius.
        s0: (B, 45) current observations, physical units; returned untouched as the first state.
        rng: source of all randomness.
        start: begin here rather than from noise at level K.
    """
    num_robots, n = s0.shape[0], settings.candidates
    normalization = prior.normalization
    s0 = np.repeat(np.asarray(s0, np.float32), n, axis=0)  # (M, 45)
    # Training clips its first states too, and a network shown more would extrapolate.
    s0_normalised = np.clip(normalization.encode(s0, STATE), -DATA_CLIP, DATA_CLIP)

    levels = prior.schedule.levels(settings.steps)
    if start is None:
        tau = rng.standard_normal((len(s0), prior.horizon, WIDTH), np.float32)  # line 2
    else:
        levels = levels[start.skipped :]
        tau = start.tau.reshape(len(s0), prior.horizon, WIDTH).copy()
    tau[:, 0, STATE] = s0_normalised

    timed = Stopwatch()
    for index, (k, below) in enumerate(pairwise(levels)):
        step = METHODS[settings.method](prior.schedule, k, below)
        with timed("denoiser"):
            estimate = np.clip(prior.denoiser(tau, k), -DATA_CLIP, DATA_CLIP)
        if index == 0:
            first = estimate
        physical = normalization.decode(_reverse(step, estimate, tau, rng))  # line 4
        physical[:, 0, STATE] = s0
        with timed("guidance"):
            _guide(physical, prior, reward, settings, step, below)  # line 5
        guided = physical.copy()
        with timed("projection"):
            constraints.project(physical)  # line 6
        physical[:, 0, STATE] = s0  # line 7
        tau = normalization.encode(physical)
        tau[:, 0, STATE] = s0_normalised

    candidates = physical.reshape(num_robots, n, prior.horizon, WIDTH)
    scores = np.zeros((num_robots, n), np.float32)
    if n > 1 and reward:
        with timed("ranking"):
            scores = reward.value(physical, 0).reshape(num_robots, n)
    winner = np.argmax(scores, axis=1)  # line 9
    flat = winner + n * np.arange(num_robots)
    first_physical = normalization.decode(first[flat])
    first_physical[:, 0, STATE] = s0[flat]
    clipped = np.mean((physical != guided)[flat], axis=(1, 2))
    best = candidates[np.arange(num_robots), winner]
    return Sample(candidates, scores, best, first_physical, clipped, timed.seconds)


def _reverse(step: ReverseStep, tau_0: np.ndarray, tau: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Line 4: a sample of p_theta(tau_{k-1} | tau_k), normalised, (M, H, 57)."""
    below = step.clean * tau_0 + step.noisy * tau
    if step.variance > 0.0:
        below += step.variance**0.5 * rng.standard_normal(below.shape, np.float32)
    return below


def _guide(
    physical: np.ndarray,
    prior: Prior,
    reward: CompositeReward,
    settings: SamplerSettings,
    step: ReverseStep,
    below: int,
) -> None:
    """Line 5: add lambda Sigma_k grad R, in place, (M, H, 57).

    Sigma_k is that of the normalised chain, so the gradient is taken there (times std, by the chain rule) and the
    step is brought back (times std again). For each candidate the step is shortened, keeping its direction, so
    that no value moves by more than ``trust_radius`` sigma_k: a distance that the reverse step's own noise
    covers by chance and that the next denoising can still pull back onto the data, whatever the weights.
    """
    strength = settings.guidance_scale * step.sigma2
    radius = settings.trust_radius * step.sigma2**0.5
    if not reward or strength == 0.0 or radius == 0.0:
        return
    std = prior.normalization.std
    push = reward.gradient(physical, below) * (strength * std)
    push[:, 0, STATE] = 0.0  # s_0 is measured: it cannot follow, and must not use up the radius
    largest = np.abs(push).max(axis=(1, 2), keepdims=True)  # (M, 1, 1)
    push *= radius / np.maximum(largest, radius)
    physical += push * std
