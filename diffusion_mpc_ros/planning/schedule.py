"""The noise schedule of trajectory diffusion (section III): forward noising and the reverse steps."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.planning.arrays import read_only

COSINE_OFFSET = 0.008
"""s of Nichol & Dhariwal (2021), section 3.2: keeps the first steps from being too small to notice."""
MAX_BETA = 0.999
"""Largest noise variance of one step (ibid.): the cosine reaches zero signal at k = K, which has no posterior."""


@dataclass(frozen=True)
class ReverseStep:
    """From level k to a level j below it: mean ``clean`` tau_0 + ``noisy`` tau_k, noise of variance ``variance``.

    Attributes:
        clean, noisy: coefficients of the mean.
        variance: of the noise that is added; zero for DDIM and for the step to level 0.
        sigma2: Sigma_k of Algorithm 1, the variance of the DDPM posterior whichever sampler is used.
    """

    clean: float
    noisy: float
    variance: float
    sigma2: float


@dataclass(frozen=True, eq=False)
class Schedule:
    """The share of signal variance left at each diffusion level k = 0..K, where k = 0 is clean.

    Attributes:
        alpha_bar: (K + 1,).
    """

    alpha_bar: np.ndarray

    def __post_init__(self) -> None:
        alpha_bar = read_only("alpha_bar", self.alpha_bar, np.shape(self.alpha_bar), np.float64)
        object.__setattr__(self, "alpha_bar", alpha_bar)

    @classmethod
    def cosine(cls, num_steps: int = 10) -> "Schedule":
        """The cosine schedule of Nichol & Dhariwal (2021), equation 17."""
        if num_steps < 1:
            raise ValueError(f"num_steps: expected at least 1, got {num_steps}")
        phase = (np.arange(num_steps + 1) / num_steps + COSINE_OFFSET) / (1.0 + COSINE_OFFSET)
        signal = np.cos(0.5 * np.pi * phase) ** 2
        beta = np.minimum(1.0 - signal[1:] / signal[:-1], MAX_BETA)  # (K,), of levels 1..K
        return cls(np.concatenate([[1.0], np.cumprod(1.0 - beta)]))

    @property
    def num_steps(self) -> int:
        """K."""
        return len(self.alpha_bar) - 1

    def levels(self, steps: int) -> tuple[int, ...]:
        """K, ..., 0 in ``steps`` steps of as equal a length as whole levels allow.

        Raises:
            ValueError: more steps than levels, or none.
        """
        if not 1 <= steps <= self.num_steps:
            raise ValueError(f"sampler.steps: expected 1 to the model's {self.num_steps}, got {steps}")
        return tuple(int(level) for level in np.rint(np.linspace(self.num_steps, 0, steps + 1)))

    def ddpm(self, k: int, below: int) -> ReverseStep:
        """The posterior q(tau_below | tau_k, tau_0) of Ho et al. (2020), equations 6 and 7."""
        after, before = float(self.alpha_bar[k]), float(self.alpha_bar[below])
        alpha = after / before
        share = (1.0 - before) / (1.0 - after)
        variance = (1.0 - alpha) * share
        return ReverseStep(before**0.5 * (1.0 - alpha) / (1.0 - after), alpha**0.5 * share, variance, variance)

    def ddim(self, k: int, below: int) -> ReverseStep:
        """The deterministic step of Song et al. (2021), equation 12 with eta = 0."""
        after, before = float(self.alpha_bar[k]), float(self.alpha_bar[below])
        noisy = ((1.0 - before) / (1.0 - after)) ** 0.5
        return ReverseStep(before**0.5 - noisy * after**0.5, noisy, 0.0, self.ddpm(k, below).sigma2)

    def forward(self, tau_0: np.ndarray, k: int, epsilon: np.ndarray) -> np.ndarray:
        """A sample of q(tau_k | tau_0) from standard normal ``epsilon``; keeps the dtype."""
        signal = float(self.alpha_bar[k])
        return signal**0.5 * tau_0 + (1.0 - signal) ** 0.5 * epsilon
