"""The trained denoiser as it runs on the robot: two graphs on trajectories as they lie in memory, in physical units.

Normalisation is multiplied into the weights next to it, and what does not depend on the trajectory goes into the
encoder's outputs: the part that runs in every reverse step consists of matrix products and activations.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.trajectory import (
    ACTION,
    ACTION_DIM,
    ANGULAR_VELOCITY,
    COMMAND,
    GRAVITY,
    JOINT_POSITION,
    JOINT_VELOCITY,
    PREVIOUS_ACTION,
    STATE,
    WIDTH,
)
from diffusion_mpc_ros.training.denoising_network import DenoisingNetwork

TRUNK = slice(ANGULAR_VELOCITY.start, GRAVITY.stop)
JOINTS = slice(JOINT_POSITION.start, JOINT_VELOCITY.stop)


class DeployedEncoder(nn.Module):
    """First states to what the denoiser's layers are told at every level.

    Args:
        network: trained on normalised windows.
        mean, std: (57,) of the columns, physical units.
    """

    mean: Tensor
    std: Tensor
    shift: Tensor
    scale: Tensor

    def __init__(self, network: DenoisingNetwork, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", mean[STATE])
        self.register_buffer("std", std[STATE])
        center, deviation = (_of_unknown(network, values) for values in (mean, std))
        hidden = network.context.out_features - len(center)
        shift, scale = torch.zeros(network.context.out_features), torch.ones(network.context.out_features)
        shift[: network.enter.out_features] = -network.enter.weight.detach() @ (center / deviation)
        shift[hidden:], scale[hidden:] = center, deviation
        self.register_buffer("shift", shift)
        self.register_buffer("scale", scale)

    def forward(self, s0: Tensor) -> Tensor:
        """First states (B, 45), physical units, to (K, C, B) for levels 1..K."""
        network = self.network
        seen = ((s0 - self.mean) / self.std).clamp(-DATA_CLIP, DATA_CLIP)
        hidden = F.silu(network.first(seen)[:, None] + network.level.weight[1:])  # (B, K, E)
        told = network.context(F.silu(network.second(hidden)))  # (B, K, C)
        return (told * self.scale + self.shift).permute(1, 2, 0)


class DeployedDenoiser(nn.Module):
    """Noisy trajectories to estimates of the clean ones, told of first states and level by the encoder."""

    enter: Tensor
    leave: Tensor
    lower: Tensor
    upper: Tensor

    def __init__(self, network: DenoisingNetwork, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        center, deviation = (_of_unknown(network, values) for values in (mean, std))
        self.horizon = network.horizon
        self.sizes = [network.enter.out_features] * (1 + len(network.inner)) + [len(center)]
        self.inner = nn.ParameterList(layer.weight for layer in network.inner)
        self.outer = nn.ParameterList(layer.weight for layer in network.outer)
        self.register_buffer("enter", network.enter.weight.detach() / deviation)
        self.register_buffer("leave", network.leave.weight.detach() * deviation[:, None])
        self.register_buffer("lower", (center - DATA_CLIP * deviation)[:, None])
        self.register_buffer("upper", (center + DATA_CLIP * deviation)[:, None])

    def forward(self, tau: Tensor, told: Tensor) -> Tensor:
        """tau (57, H, M) and told (C, M) or (C, 1) to (57, H, M), physical units."""
        enter, *blocks, leave = told.split(self.sizes)
        hidden = self.enter @ self._unknown(tau) + enter
        for inner, outer, told_here in zip(self.inner, self.outer, blocks, strict=True):
            hidden = hidden + outer @ F.silu(inner @ F.silu(hidden) + told_here)
        estimate = self.leave @ F.silu(hidden) + leave
        return self._window(tau, torch.minimum(torch.maximum(estimate, self.lower), self.upper))

    def _unknown(self, tau: Tensor) -> Tensor:
        """What is denoised of (57, H, M), in the order of ``denoising_network.unknown``: (U, M)."""
        parts = (tau[TRUNK, 1:], tau[JOINTS, 1:], tau[ACTION])
        return torch.cat([part.flatten(0, 1) for part in parts])

    def _window(self, tau: Tensor, estimate: Tensor) -> Tensor:
        """The estimate (U, M) as a whole window: with first states, commands, and actions as previous actions."""
        later = self.horizon - 1
        trunk_width, joints_width = TRUNK.stop - TRUNK.start, JOINTS.stop - JOINTS.start
        trunk, joints, action = estimate.split([trunk_width * later, joints_width * later, ACTION_DIM * self.horizon])
        action = action.unflatten(0, (ACTION_DIM, self.horizon))
        return torch.cat(
            [
                torch.cat([tau[TRUNK, :1], trunk.unflatten(0, (trunk_width, later))], dim=1),
                tau[COMMAND, :1].expand(-1, self.horizon, -1),
                torch.cat([tau[JOINTS, :1], joints.unflatten(0, (joints_width, later))], dim=1),
                torch.cat([tau[PREVIOUS_ACTION, :1], action[:, :-1]], dim=1),
                action,
            ]
        )


def _of_unknown(network: DenoisingNetwork, columns: Tensor) -> Tensor:
    """Values of columns (57,) for each of the unknown, (U,)."""
    return network.of(columns.expand(1, network.horizon, WIDTH))[0]
