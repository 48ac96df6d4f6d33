"""The trained denoiser as it runs on the robot: two graphs on trajectories as they lie in memory, in physical units.

Normalisation is multiplied into the weights next to it, and what does not depend on the trajectory goes into the
encoder's outputs: the part that runs in every reverse step consists of matrix products and activations. Hidden values
and estimates lie candidate by candidate, so that weights are the right factor of every product: onnxruntime brings
those into the order in which it reads them once, when a graph is loaded.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.trajectory import STATE, WIDTH
from diffusion_mpc_ros.planning.unknown import BLOCKS
from diffusion_mpc_ros.training.denoising_network import DenoisingNetwork


class DeployedEncoder(nn.Module):
    """First states to what the denoiser's layers are told at every level.

    Args:
        network: trained on normalised windows.
        mean, std: (57,) of the columns, physical units.
    """

    mean: Tensor
    std: Tensor
    center: Tensor
    deviation: Tensor
    shift: Tensor

    def __init__(self, network: DenoisingNetwork, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.network = network
        self.layers = 1 + len(network.inner)
        self.register_buffer("mean", mean[STATE])
        self.register_buffer("std", std[STATE])
        center, deviation = (_of_unknown(network, values) for values in (mean, std))
        self.register_buffer("center", center)
        self.register_buffer("deviation", deviation)
        shift = torch.zeros(self.layers * network.enter.out_features)
        shift[: network.enter.out_features] = -network.enter.weight.detach() @ (center / deviation)
        self.register_buffer("shift", shift)

    def forward(self, s0: Tensor) -> tuple[Tensor, Tensor]:
        """First states (B, 45), physical units, to (K, L, B, W) and (K, B, U), for levels 1..K."""
        network = self.network
        seen = ((s0 - self.mean) / self.std).clamp(-DATA_CLIP, DATA_CLIP)
        hidden = F.silu(network.first(seen)[:, None] + network.level.weight[1:])  # (B, K, E)
        told = network.context(F.silu(network.second(hidden)))  # (B, K, L W + U)
        layers, offset = told.split([len(self.shift), len(self.center)], dim=2)
        layers = (layers + self.shift).unflatten(2, (self.layers, -1))
        return layers.permute(1, 2, 0, 3), (self.center + self.deviation * offset).permute(1, 0, 2)


class DeployedDenoiser(nn.Module):
    """Noisy trajectories to estimates of what is unknown of the clean ones, told of first states and level.

    Args:
        network, mean, std: as the encoder's.
    """

    leave: Tensor

    def __init__(self, network: DenoisingNetwork, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        deviation = _of_unknown(network, std)
        whole = torch.zeros(network.enter.out_features, WIDTH * network.horizon, device=deviation.device)
        whole[:, network.index] = network.enter.weight.detach() / deviation
        columns = whole.unflatten(1, (WIDTH, network.horizon))
        self.enter = [columns[:, block].flatten(1) for block in BLOCKS.values()]
        self.inner = nn.ParameterList(layer.weight for layer in network.inner)
        self.outer = nn.ParameterList(layer.weight for layer in network.outer)
        self.register_buffer("leave", network.leave.weight.detach() * deviation[:, None])

    def forward(self, trunk: Tensor, joints: Tensor, action: Tensor, hidden: list[Tensor], offset: Tensor) -> Tensor:
        """Blocks of noisy trajectories, to estimates (M, U), physical units.

        Args:
            trunk, joints, action: (columns H, M) of ``unknown.BLOCKS``.
            hidden, offset: L times (M, W), and (M, U); or, for one robot, (1, W) and (1, U).
        """
        first, *blocks = hidden
        value = first
        for block, weights in zip((trunk, joints, action), self.enter, strict=True):
            value = torch.addmm(value, block.T, weights.T)
        for inner, outer, told in zip(self.inner, self.outer, blocks, strict=True):
            value = torch.addmm(value, F.silu(torch.addmm(told, F.silu(value), inner.T)), outer.T)
        return torch.addmm(offset, F.silu(value), self.leave.T)


def _of_unknown(network: DenoisingNetwork, columns: Tensor) -> Tensor:
    """Values of columns (57,) for each of the unknown, (U,)."""
    return network.of(columns.expand(1, network.horizon, WIDTH))[0]
