"""Algorithm 1 of the paper, to be read against it line for line. ``sampler.py`` computes the same, faster."""

from itertools import pairwise

import numpy as np

from diffusion_mpc_ros.planning.coherence import incoherence
from diffusion_mpc_ros.planning.constraints.constraint_set import ConstraintSet
from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.noise import Noise
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.sampling import METHODS, Given, SamplerSettings, Start
from diffusion_mpc_ros.planning.schedule import ReverseStep
from diffusion_mpc_ros.planning.trajectory import ACTION, STATE


def sample(
    prior: Prior,
    reward: CompositeReward,
    constraints: ConstraintSet,
    settings: SamplerSettings,
    given: Given,
    noise: Noise,
    start: Start | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Candidates (B, N, H, 57) and, of each robot, the one of highest score (B, H, 57). Arguments as ``Sampler``'s."""
    mean, std = prior.normalization.mean, prior.normalization.std
    num_robots, n = len(given.s0), settings.candidates
    estimate = prior.denoiser.given(given.s0, n)
    # Line 1: B robots of N candidates each are M trajectories.
    s0, committed = np.repeat(given.s0, n, axis=0), np.repeat(given.committed, n, axis=0)  # (M, 45), (M, D, 12)

    def scaled(count: int, horizon: int) -> np.ndarray:
        return settings.temperature * noise(count, horizon)

    levels = prior.schedule.levels(settings.steps)
    if start is None:
        tau = mean + std * scaled(len(s0), prior.horizon)  # line 2
    else:
        levels, tau = levels[start.skipped :], start.tau.reshape(len(s0), prior.horizon, -1)
    tau = tau.copy()
    tau[:, 0, STATE] = s0
    commit(prior, tau, committed, levels[0], scaled)

    for k, below in pairwise(levels):  # line 3
        step = METHODS[settings.method](prior.schedule, k, below)
        tau = mean + step.clean * (estimate(tau, k) - mean) + step.noisy * (tau - mean)
        if step.variance > 0.0:
            tau = tau + step.variance**0.5 * std * scaled(len(s0), prior.horizon)  # line 4
        tau[:, 0, STATE] = s0
        tau += guidance_step(tau, reward, settings, step, std, below)  # line 5
        commit(prior, tau, committed, below, scaled)
        constraints.project(tau)  # line 6
        tau[:, 0, STATE] = s0  # line 7

    candidates = tau.reshape(num_robots, n, prior.horizon, -1)
    scores = reward.value(tau, 0).reshape(num_robots, n)
    scores = scores - settings.coherence * incoherence(candidates, given.previous)
    return candidates, candidates[np.arange(num_robots), np.argmax(scores, axis=1)]  # line 9


def commit(prior: Prior, tau: np.ndarray, committed: np.ndarray, level: int, noise: Noise) -> None:
    """Beyond the paper: hold the first actions to those that will have been executed, noised to the level, in place."""
    rows = committed.shape[1]
    if rows > 0 and level > 0:
        epsilon = noise(len(tau), prior.horizon)[:, :rows, ACTION]
        noisy = prior.schedule.forward(prior.normalization.encode(committed, ACTION), level, epsilon)
        tau[:, :rows, ACTION] = prior.normalization.decode(noisy, ACTION)
    elif rows > 0:
        tau[:, :rows, ACTION] = committed


def guidance_step(
    tau: np.ndarray,
    reward: CompositeReward,
    settings: SamplerSettings,
    step: ReverseStep,
    std: np.ndarray,
    below: int,
) -> np.ndarray:
    """Line 5: lambda Sigma_k grad R, (M, H, 57).

    Sigma_k is that of the normalised chain, so the gradient is taken there (times std, by the chain rule) and the
    step is brought back (times std again). For each candidate the step is shortened, keeping its direction, so
    that no value moves by more than ``trust_radius`` sigma_k: a distance that the reverse step's own noise
    covers by chance and that the next denoising can still pull back onto the data, whatever the weights.
    """
    push = settings.guidance_scale * step.sigma2 * reward.gradient(tau, below) * std
    push[:, 0, STATE] = 0.0  # s_0 is measured: it cannot follow, and must not use up the radius
    radius = settings.trust_radius * step.sigma2**0.5
    largest = np.abs(push).max(axis=(1, 2), keepdims=True)  # (M, 1, 1)
    shortened: np.ndarray = push * std * np.minimum(1.0, radius / np.maximum(largest, np.finfo(np.float32).tiny))
    return shortened
