"""The network that denoises: tau_theta(tau^(k), k) of section III, given the first state.

Of a window, only what planning does not know is denoised (``planning/unknown.py``). What depends on the first state and
the level alone is worked out by an encoder, which runs once for a plan however many candidates and reverse steps there
are; the part that runs for each of these is small.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diffusion_mpc_ros.planning.trajectory import STATE, STATE_DIM
from diffusion_mpc_ros.planning.unknown import unknown


class Context(NamedTuple):
    """What the encoder tells the layers of the denoiser, each (M, width of the layer) or (M, unknown)."""

    enter: Tensor
    blocks: tuple[Tensor, ...]
    leave: Tensor


class DenoisingNetwork(nn.Module):
    """A residual MLP over the unknown of a normalised window; an encoder's outputs are added to every layer."""

    index: Tensor

    def __init__(self, horizon: int, num_steps: int, width: int, blocks: int, encoder_width: int) -> None:
        super().__init__()
        self.horizon = horizon
        self.register_buffer("index", torch.from_numpy(unknown(horizon).ravel().nonzero()[0]), persistent=False)
        size = len(self.index)
        self.level = nn.Embedding(num_steps + 1, encoder_width)
        self.first = nn.Linear(STATE_DIM, encoder_width)
        self.second = nn.Linear(encoder_width, encoder_width)
        self.context = nn.Linear(encoder_width, width * (1 + blocks) + size)
        self.enter = nn.Linear(size, width, bias=False)
        self.inner = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(blocks))
        self.outer = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(blocks))
        self.leave = nn.Linear(width, size, bias=False)

    def encode(self, s0: Tensor, k: Tensor) -> Context:
        """From normalised first states (M, 45) and levels (M,)."""
        hidden = F.silu(self.first(s0) + self.level(k))
        hidden = F.silu(self.second(hidden))
        width = self.enter.out_features
        sizes = [width] * (1 + len(self.inner)) + [len(self.index)]
        enter, *blocks, leave = self.context(hidden).split(sizes, dim=1)
        return Context(enter, tuple(blocks), leave)

    def forward(self, tau: Tensor, k: Tensor) -> Tensor:
        """Estimate what is unknown of the clean windows behind tau (M, H, 57) at levels k (M,): (M, U)."""
        context = self.encode(tau[:, 0, STATE], k)
        hidden = self.enter(self.of(tau)) + context.enter
        for inner, outer, told in zip(self.inner, self.outer, context.blocks, strict=True):
            hidden = hidden + outer(F.silu(inner(F.silu(hidden)) + told))
        return self.leave(F.silu(hidden)) + context.leave

    def of(self, tau: Tensor) -> Tensor:
        """What is unknown of windows (M, H, 57): (M, U)."""
        return tau.transpose(1, 2).flatten(1)[:, self.index]
