"""Algorithm 1 of the paper in plain PyTorch: the planner that one would write first."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.planning.trajectory import STATE, WIDTH

Reward = Callable[[Tensor], Tensor]


class TorchSampler:
    """Samples plans of one robot.

    Args:
        network: (tau (M, H, 57), k (M,)) to the clean tau, normalised.
        mean, std: (57,) of the columns.
        lower, upper: (H, 57) bounds that are projected onto, physical units.
        horizon, num_steps: H, K.
    """

    def __init__(
        self, network: nn.Module, mean: Tensor, std: Tensor, lower: Tensor, upper: Tensor, horizon: int, num_steps: int
    ) -> None:
        self.network, self.mean, self.std, self.lower, self.upper = network, mean, std, lower, upper
        self.horizon, self.schedule = horizon, Schedule.cosine(num_steps)

    def __call__(self, s0: Tensor, candidates: int, steps: int, reward: Reward | None, radius: float = 1.0) -> Tensor:
        """The best of ``candidates`` plans from s0 (45,), physical units: (H, 57)."""
        levels = self.schedule.levels(steps)
        first = ((s0 - self.mean[STATE]) / self.std[STATE]).clamp(-DATA_CLIP, DATA_CLIP)
        tau = torch.randn(candidates, self.horizon, WIDTH)
        tau[:, 0, STATE] = first
        for k, below in pairwise(levels):
            step = self.schedule.ddpm(k, below)
            with torch.inference_mode():
                estimate = self.network(tau, torch.full((candidates,), k)).clamp(-DATA_CLIP, DATA_CLIP)
                tau = step.clean * estimate + step.noisy * tau + step.variance**0.5 * torch.randn_like(tau)
                tau[:, 0, STATE] = first
            if reward is not None and step.sigma2 > 0.0:
                tau = tau + self._guidance(tau.clone(), reward, step.sigma2, radius)
            with torch.inference_mode():
                physical = torch.clamp(tau * self.std + self.mean, self.lower, self.upper)
                tau = (physical - self.mean) / self.std
                tau[:, 0, STATE] = first
        if reward is None:
            return physical[0]
        with torch.inference_mode():
            return physical[reward(physical).argmax()]

    def _guidance(self, tau: Tensor, reward: Reward, sigma2: float, radius: float) -> Tensor:
        """lambda Sigma_k grad R by automatic differentiation, shortened as ours is."""
        tau.requires_grad_()
        (slope,) = torch.autograd.grad(reward(tau * self.std + self.mean).sum(), tau)
        push = sigma2 * slope
        push[:, 0, STATE] = 0.0
        largest = push.abs().amax(dim=(1, 2), keepdim=True)
        return push * (radius * sigma2**0.5 / largest).clamp(max=1.0)
