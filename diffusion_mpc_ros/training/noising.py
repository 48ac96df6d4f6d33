"""The forward process on training windows: q(tau^(k) | tau) of section III, with what planning knows left clean."""

import numpy as np
import torch
from torch import Tensor

from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.planning.trajectory import STATE


class Noising:
    """tau^(k) = sqrt(abar_k) tau + sqrt(1 - abar_k) eps, but for the first state (Algorithm 1, line 7)."""

    def __init__(self, num_steps: int) -> None:
        alpha_bar = Schedule.cosine(num_steps).alpha_bar
        self.num_steps = num_steps
        self._signal = torch.from_numpy(np.sqrt(alpha_bar)).float()
        self._noise = torch.from_numpy(np.sqrt(1 - alpha_bar)).float()

    def __call__(self, tau: Tensor, k: Tensor) -> Tensor:
        """Normalised windows tau (M, H, 57), each noised to its level k (M,), 0..K."""
        noisy = self._signal[k, None, None] * tau + self._noise[k, None, None] * torch.randn_like(tau)
        noisy[:, 0, STATE] = tau[:, 0, STATE]
        return noisy
