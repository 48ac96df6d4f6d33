"""The network that reads a physical quantity off a noisy window (section V-B1), and its derivative."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.trajectory import WIDTH


class QuantityNetwork(nn.Module):
    """An MLP over the flattened window, smooth so that its derivative is; the level enters as a learned bias.

    Attributes:
        column_mean, column_std: (57,) of the windows, physical units.
        mean, std: of the quantity, physical units.
    """

    column_mean: Tensor
    column_std: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, horizon: int, num_steps: int, width: int) -> None:
        super().__init__()
        self.enter = nn.Linear(horizon * WIDTH, width)
        self.level = nn.Embedding(num_steps, width)
        self.middle = nn.Linear(width, width)
        self.leave = nn.Linear(width, 1)
        self.register_buffer("column_mean", torch.zeros(WIDTH))
        self.register_buffer("column_std", torch.ones(WIDTH))
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("std", torch.ones(()))

    def standardised(self, tau: Tensor, k: Tensor) -> Tensor:
        """Normalised windows (M, H, 57) at levels k (M,) or (1,), 0..K-1, to standardised quantities (M,)."""
        first = self.enter(tau.flatten(1)) + self.level(k)
        second = self.middle(F.silu(first))
        return self.leave(F.silu(second)).squeeze(1)

    def forward(self, tau: Tensor, k: Tensor) -> Tensor:
        """Windows (M, H, 57) at levels k (M,) or (1,) to quantities (M,), both in physical units."""
        normalised = ((tau - self.column_mean) / self.column_std).clamp(-DATA_CLIP, DATA_CLIP)
        return self.mean + self.std * self.standardised(normalised, k)


class ValueAndGradient(nn.Module):
    """f(tau, k) and d f / d tau of a QuantityNetwork f as one graph on trajectories as they lie in memory, in physical
    units: the backward pass is written out, because no automatic differentiation comes along to the robot."""

    mean: Tensor
    std: Tensor
    enter: Tensor

    def __init__(self, network: QuantityNetwork) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", network.column_mean[:, None, None])
        self.register_buffer("std", network.column_std[:, None, None])
        horizon = network.enter.in_features // WIDTH
        by_tick = network.enter.weight.detach().unflatten(1, (horizon, WIDTH))
        self.register_buffer("enter", by_tick.transpose(1, 2).flatten(1))  # columns of a window laid out as 57 x H

    def forward(self, tau: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """Windows (57, H, M) at level k (1,) to (M,) and (57, H, M)."""
        net = self.network
        normalised = (tau - self.mean) / self.std
        seen = normalised.clamp(-DATA_CLIP, DATA_CLIP).flatten(0, 1)
        first = self.enter @ seen + (net.enter.bias + net.level(k)[0])[:, None]
        second = net.middle.weight @ F.silu(first) + net.middle.bias[:, None]
        value = (net.leave.weight @ F.silu(second) + net.leave.bias)[0]
        by_second = net.leave.weight.T * _silu_slope(second)  # (W, M)
        by_first = (net.middle.weight.T @ by_second) * _silu_slope(first)  # (W, M)
        by_window = (self.enter.T @ by_first).unflatten(0, tau.shape[:2])
        inside = (normalised.abs() <= DATA_CLIP).to(tau.dtype)
        return net.mean + net.std * value, by_window * inside * (net.std / self.std)


def _silu_slope(x: Tensor) -> Tensor:
    sigmoid = torch.sigmoid(x)
    return sigmoid * (1 + x * (1 - sigmoid))
