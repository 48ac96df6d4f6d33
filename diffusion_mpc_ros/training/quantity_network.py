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
    """f(tau, k) and d f / d tau of a QuantityNetwork f as one graph: the backward pass is written out, because no
    automatic differentiation comes along to the robot."""

    def __init__(self, network: QuantityNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, tau: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """Windows (M, H, 57) at levels k (M,) or (1,) to (M,) and (M, H, 57), all in physical units."""
        net = self.network
        normalised = (tau - net.column_mean) / net.column_std
        first = net.enter(normalised.clamp(-DATA_CLIP, DATA_CLIP).flatten(1)) + net.level(k)
        second = net.middle(F.silu(first))
        value = net.leave(F.silu(second)).squeeze(1)
        by_second = net.leave.weight * _silu_slope(second)  # (M, W)
        by_first = by_second @ net.middle.weight * _silu_slope(first)  # (M, W)
        by_window = (by_first @ net.enter.weight).unflatten(1, tau.shape[1:])  # (M, H, 57)
        inside = normalised.abs() <= DATA_CLIP
        return net.mean + net.std * value, by_window * inside * (net.std / net.column_std)


def _silu_slope(x: Tensor) -> Tensor:
    sigmoid = torch.sigmoid(x)
    return sigmoid * (1 + x * (1 - sigmoid))
