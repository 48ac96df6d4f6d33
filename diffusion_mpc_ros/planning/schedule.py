"""The noise schedule of trajectory diffusion (section III): forward noising and the reverse posterior."""

from dataclasses import dataclass, fields

import numpy as np

from diffusion_mpc_ros.planning.arrays import read_only

COSINE_OFFSET = 0.008
"""s of Nichol & Dhariwal (2021), section 3.2: keeps the first steps from being too small to notice."""
MAX_BETA = 0.999
"""Largest noise variance of one step (ibid.): the cosine reaches zero signal at k = K, which has no posterior."""


@dataclass(frozen=True, eq=False)
class Schedule:
    """Coefficients by diffusion level k = 0..K, where k = 0 is clean; all (K + 1,).

    Attributes:
        alpha_bar: share of signal variance left at level k.
        c_clean, c_noisy: the posterior mean of level k - 1 is ``c_clean[k] tau_0 + c_noisy[k] tau_k``.
        sigma2: variance of the reverse step from k to k - 1 (Sigma_k of Algorithm 1); sigma2[1] = 0.
    """

    alpha_bar: np.ndarray
    c_clean: np.ndarray
    c_noisy: np.ndarray
    sigma2: np.ndarray

    def __post_init__(self) -> None:
        for item in fields(self):
            values = getattr(self, item.name)
            object.__setattr__(self, item.name, read_only(item.name, values, np.shape(self.alpha_bar), np.float64))

    @classmethod
    def cosine(cls, num_steps: int = 10) -> "Schedule":
        """The cosine schedule of Nichol & Dhariwal (2021), equation 17, with the posterior of Ho et al. (2020),
        equations 6 and 7."""
        if num_steps < 1:
            raise ValueError(f"num_steps: expected at least 1, got {num_steps}")
        phase = (np.arange(num_steps + 1) / num_steps + COSINE_OFFSET) / (1.0 + COSINE_OFFSET)
        signal = np.cos(0.5 * np.pi * phase) ** 2
        beta = np.minimum(1.0 - signal[1:] / signal[:-1], MAX_BETA)  # (K,), of levels 1..K
        alpha_bar = np.concatenate([[1.0], np.cumprod(1.0 - beta)])
        before, after = alpha_bar[:-1], alpha_bar[1:]
        # Level 0 has no step below it: what is clean stays.
        return cls(
            alpha_bar=alpha_bar,
            c_clean=np.array([1.0, *(np.sqrt(before) * beta / (1.0 - after))]),
            c_noisy=np.array([0.0, *(np.sqrt(1.0 - beta) * (1.0 - before) / (1.0 - after))]),
            sigma2=np.array([0.0, *(beta * (1.0 - before) / (1.0 - after))]),
        )

    @property
    def num_steps(self) -> int:
        """K."""
        return len(self.alpha_bar) - 1

    def posterior_mean(self, tau_0: np.ndarray, tau: np.ndarray, k: int) -> np.ndarray:
        """mu(tau_k, k) of Algorithm 1, line 4, from the estimate of the clean trajectory; keeps the dtype."""
        return float(self.c_clean[k]) * tau_0 + float(self.c_noisy[k]) * tau

    def forward(self, tau_0: np.ndarray, k: int, epsilon: np.ndarray) -> np.ndarray:
        """A sample of q(tau_k | tau_0) from standard normal ``epsilon``; keeps the dtype."""
        signal = float(self.alpha_bar[k])
        return signal**0.5 * tau_0 + (1.0 - signal) ** 0.5 * epsilon
