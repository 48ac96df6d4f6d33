"""Algorithm 1 of the paper for many candidates on several threads.

Candidates know nothing of each other until they are ranked, so they are shared out, and each thread runs the chain of
its own: neither the networks nor compiled loops hold Python's lock.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from diffusion_mpc_ros.planning.chain import Chain
from diffusion_mpc_ros.planning.constraints.constraint_set import ConstraintSet
from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.noise import NoiseBank
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.sampling import Given, Sample, SamplerSettings, Start

LEAST = 12
"""Trajectories that make a thread worth its while."""


class Sampler:
    """Algorithm 1 (section IV-A).

    Args:
        prior: the diffusion model.
        noise: source of all randomness.
        threads: chains that run at once, one of them in the thread that asks.
    """

    def __init__(self, prior: Prior, noise: NoiseBank, threads: int = 1) -> None:
        self._chains = [Chain(prior, bank) for bank in noise.shared(threads)]
        self._helpers = ThreadPoolExecutor(threads - 1, "planner") if threads > 1 else None

    def __call__(
        self,
        reward: CompositeReward,
        constraints: ConstraintSet,
        settings: SamplerSettings,
        given: Given,
        start: Start | None = None,
    ) -> Sample:
        """Sample and rank.

        Args:
            reward: R(tau), guides each step and ranks the candidates.
            constraints: C, holds in the result to the last bit, except for the measured s_0.
            settings: N, lambda and the trust radius.
            given: what plans begin with.
            start: begin here rather than from noise at level K.
        """
        robots, candidates = len(given.s0), settings.candidates
        parts = min(len(self._chains), robots * candidates // LEAST, max(robots, candidates))
        if self._helpers is None or parts < 2:
            return self._chains[0](reward, constraints, settings, given, start)
        if robots == 1:
            shares = [
                (replace(settings, candidates=len(mine)), given, start and replace(start, tau=start.tau[:, mine]))
                for mine in np.array_split(np.arange(candidates), parts)
            ]
        else:
            shares = [
                (settings, given.of_robots(mine), start and replace(start, tau=start.tau[mine]))
                for mine in np.array_split(np.arange(robots), parts)
            ]
        helped = [
            self._helpers.submit(chain, reward, constraints, *share)
            for chain, share in zip(self._chains[1:], shares[1:], strict=False)  # no more shares than chains
        ]
        samples = [self._chains[0](reward, constraints, *shares[0]), *(each.result() for each in helped)]
        return _of_one_robot(samples) if robots == 1 else _of_robots(samples)


def _of_one_robot(samples: Sequence[Sample]) -> Sample:
    """One robot's candidates, shared out, as one sample: the best of the best."""
    scores, candidates = (
        np.concatenate([getattr(each, name) for each in samples], axis=1) for name in ("scores", "candidates")
    )
    winner = max(samples, key=lambda each: float(each.scores.max()))
    return replace(winner, scores=scores, candidates=candidates, seconds=_total(samples))


def _of_robots(samples: Sequence[Sample]) -> Sample:
    """Several robots, shared out, as one sample."""
    scores, best, first, clipped, candidates = (
        np.concatenate([getattr(each, name) for each in samples])
        for name in ("scores", "best", "first", "clipped", "candidates")
    )
    return Sample(scores, best, first, clipped, _total(samples), candidates)


def _total(samples: Sequence[Sample]) -> dict[str, float]:
    return {phase: sum(each.seconds[phase] for each in samples) for phase in samples[0].seconds}
