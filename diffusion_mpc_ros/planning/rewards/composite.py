"""Weighted sum of reward terms (section IV-B)."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.planning.rewards.term import RewardTerm


@dataclass(frozen=True)
class CompositeReward:
    """R(tau) = sum_i alpha_i R_i(tau).

    Attributes:
        terms: pairs (alpha_i, R_i); those of weight zero are dropped, and the reward is false when none is left.
    """

    terms: tuple[tuple[float, RewardTerm], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple((weight, term) for weight, term in self.terms if weight != 0.0))

    def __bool__(self) -> bool:
        return bool(self.terms)

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        """(M,) reward of trajectories (M, H, 57) at diffusion level k."""
        total = np.zeros(tau.shape[0], tau.dtype)
        for weight, term in self.terms:
            total += weight * term.value(tau, k)
        return total

    def gradient(self, tau: np.ndarray, k: int, out: np.ndarray | None = None) -> np.ndarray:
        """(M, H, 57) derivative of ``value`` by the trajectories, written into ``out`` if there is one."""
        total = np.empty_like(tau) if out is None else out
        total[...] = 0.0
        for weight, term in self.terms:
            term.add_gradient(tau, k, weight, total)
        return total

    def values(self, tau: np.ndarray, k: int) -> dict[str, np.ndarray]:
        """Each term's own value (M,), not weighted, by its name."""
        return {term.name: term.value(tau, k) for _, term in self.terms}
