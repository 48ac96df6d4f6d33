"""Algorithm 1 of the paper at speed: reverse diffusion with reward planning, constraint projection and ranking.

B robots with N candidates each run through the chain as one batch of M = B N trajectories, in physical units and in
place, in memory that is allocated once for each M. ``reference.py`` says the same without regard to speed.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from diffusion_mpc_ros.planning.chain_steps import follow, hold, reverse
from diffusion_mpc_ros.planning.coherence import incoherence
from diffusion_mpc_ros.planning.constraints.constraint_set import ConstraintSet
from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.layout import empty_batch, laid_out
from diffusion_mpc_ros.planning.noise import Noise
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.sampling import METHODS, Given, Sample, SamplerSettings, Start
from diffusion_mpc_ros.planning.stopwatch import Stopwatch
from diffusion_mpc_ros.planning.trajectory import STATE


@dataclass(frozen=True, eq=False)
class _Step:
    """A reverse step from level ``k`` to ``below`` in physical units: tau <- clean tau_0 + noisy tau + offset + noise.

    Attributes:
        offset, deviation: (57,) what is added, and the scale of the noise.
        variance: (57,) Sigma_k in the columns' units, by which gradients are multiplied.
        scale, strength, radius: of the guidance, see ``chain_steps.follow``.
        is_random: whether there is noise.
    """

    k: int
    below: int
    clean: np.float32
    noisy: np.float32
    offset: np.ndarray
    deviation: np.ndarray
    variance: np.ndarray
    scale: np.float32
    strength: np.float32
    radius: np.float32
    is_random: bool


class _Workspace:
    """Memory for M trajectories."""

    def __init__(self, count: int, horizon: int) -> None:
        self.tau, self.unprojected, self.push, self.first = (empty_batch(count, horizon) for _ in range(4))


class Chain:
    """Algorithm 1 (section IV-A).

    Args:
        prior: the diffusion model.
        noise: source of all randomness.
    """

    def __init__(self, prior: Prior, noise: Noise) -> None:
        self._prior, self._noise = prior, noise
        self._mean, self._std = prior.normalization.mean, prior.normalization.std
        self._workspace = lru_cache(maxsize=4)(lambda count: _Workspace(count, prior.horizon))
        self._steps = lru_cache(maxsize=16)(self._reverse_steps)

    def __call__(
        self,
        reward: CompositeReward,
        constraints: ConstraintSet,
        settings: SamplerSettings,
        given: Given,
        start: Start | None,
    ) -> Sample:
        """Sample and rank; see ``Sampler``."""
        timed = Stopwatch()
        num_robots, n = len(given.s0), settings.candidates
        work = self._workspace(num_robots * n)
        tau = work.tau
        estimate = self._prior.denoiser.given(given.s0, n)
        s0, committed = np.repeat(given.s0, n, axis=0), laid_out(np.repeat(given.committed, n, axis=0))
        steps = self._steps(
            settings.method, settings.steps, settings.temperature, settings.guidance_scale, settings.trust_radius
        )
        if start is None:  # line 2
            np.multiply(self._noise(*tau.shape[:2]), np.float32(settings.temperature) * self._std, out=tau)
            tau += self._mean
        else:
            steps = steps[start.skipped :]
            tau[...] = start.tau.reshape(tau.shape)
        tau[:, 0, STATE] = s0  # line 7: nothing below moves it
        self._commit(tau, committed, steps[0].k, settings.temperature)

        for step in steps:
            tau_0 = estimate(tau, step.k)
            if step is steps[0]:
                work.first[...] = tau_0
            self._reverse(tau, tau_0, step)  # line 4
            timed.lap("denoiser")
            if reward:
                self._guide(work, reward, step)  # line 5
                timed.lap("guidance")
            self._commit(tau, committed, step.below, settings.temperature)
            if step is steps[-1]:
                work.unprojected[...] = tau
            constraints.project(tau)  # line 6
            timed.lap("projection")
        return self._ranked(work, reward, settings.coherence, given.previous, timed)

    def _reverse(self, tau: np.ndarray, tau_0: np.ndarray, step: _Step) -> None:
        """Line 4: a sample of p_theta(tau_{k-1} | tau_k)."""
        noise = self._noise(*tau.shape[:2]) if step.is_random else tau_0  # times zero
        reverse(tau.T, tau_0.T, noise.T, step.clean, step.noisy, step.offset, step.deviation)

    def _commit(self, tau: np.ndarray, committed: np.ndarray, level: int, temperature: float) -> None:
        """Hold the first actions to those committed (12, D, M), as noisy as everything else is at this level."""
        if committed.shape[1] > 0:
            share = float(self._prior.schedule.alpha_bar[level])
            signal, spread = np.float32(share**0.5), np.float32(temperature * (1.0 - share) ** 0.5)
            noise = self._noise(*tau.shape[:2]) if level > 0 else tau  # times zero
            hold(tau.T, committed, noise.T, signal, spread, self._mean, self._std)

    def _guide(self, work: _Workspace, reward: CompositeReward, step: _Step) -> None:
        """Line 5: add lambda Sigma_k grad R, each candidate's shortened to the trust radius.

        See ``reference.guidance_step`` for why and in which units.
        """
        if step.scale > 0.0 and step.radius > 0.0:
            reward.gradient(work.tau, step.below, out=work.push)
            follow(work.tau.T, work.push.T, self._std, step.variance, step.scale, step.strength, step.radius)

    def _ranked(
        self, work: _Workspace, reward: CompositeReward, coherence: float, previous: np.ndarray, timed: Stopwatch
    ) -> Sample:
        """Line 9."""
        tau, num_robots = work.tau, len(previous)
        n = len(tau) // num_robots
        candidates = tau.reshape(num_robots, n, *tau.shape[1:])
        scores = np.zeros((num_robots, n), np.float32)
        if n > 1 and reward:
            scores = reward.value(tau, 0).reshape(num_robots, n)
        if n > 1 and coherence > 0.0:
            scores = scores - np.float32(coherence) * incoherence(candidates, previous)
        best = np.argmax(scores, axis=1) + n * np.arange(num_robots)
        winners, first = tau[best], work.first[best]
        first[:, 0, STATE] = winners[:, 0, STATE]
        clipped = np.mean(winners != work.unprojected[best], axis=(1, 2))
        timed.lap("ranking")
        return Sample(scores, winners, first, clipped, timed.seconds, candidates)

    def _reverse_steps(
        self, method: str, count: int, temperature: float, scale: float, trust_radius: float
    ) -> tuple[_Step, ...]:
        schedule, mean, std = self._prior.schedule, self._prior.normalization.mean, self._std
        steps = []
        for k, below in pairwise(schedule.levels(count)):
            step = METHODS[method](schedule, k, below)
            steps.append(
                _Step(
                    k,
                    below,
                    np.float32(step.clean),
                    np.float32(step.noisy),
                    np.float32(1.0 - step.clean - step.noisy) * mean,
                    np.float32(temperature * step.variance**0.5) * std,
                    np.float32(step.sigma2) * std**2,
                    np.float32(scale),
                    np.float32(scale * step.sigma2),
                    np.float32(trust_radius * step.sigma2**0.5),
                    step.variance > 0.0,
                )
            )
        return tuple(steps)
