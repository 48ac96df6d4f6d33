"""A temporal U-Net of the size that the paper's authors released, the yardstick of `bench`."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class _ConvBlock(nn.Module):
    """Convolution over time, group normalisation, Mish."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv1d(inputs, outputs, 5, padding=2), nn.GroupNorm(8, outputs), nn.Mish())

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class _LinearAttention(nn.Module):
    """Residual attention over time whose cost is linear in its length."""

    def __init__(self, channels: int, heads: int = 4, head_width: int = 32) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(1, channels)
        self.qkv = nn.Conv1d(channels, 3 * heads * head_width, 1, bias=False)
        self.out = nn.Conv1d(heads * head_width, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self.qkv(self.norm(x)).unflatten(1, (3, self.heads, -1)).unbind(1)
        context = torch.einsum("bhdt,bhet->bhde", key.softmax(dim=-1), value)
        mixed = torch.einsum("bhde,bhdt->bhet", context, query.softmax(dim=-2))
        return x + self.out(mixed.flatten(1, 2))


class _Stage(nn.Module):
    """Two convolutions with the step's embedding added between them, then attention."""

    def __init__(self, inputs: int, outputs: int, embedding: int) -> None:
        super().__init__()
        self.first, self.second = _ConvBlock(inputs, outputs), _ConvBlock(outputs, outputs)
        self.third = _ConvBlock(outputs, outputs)
        self.step = nn.Sequential(nn.Mish(), nn.Linear(embedding, outputs))
        self.skip = nn.Conv1d(inputs, outputs, 1)
        self.attention = _LinearAttention(outputs)

    def forward(self, x: Tensor, step: Tensor) -> Tensor:
        hidden = self.second(self.first(x) + self.step(step)[..., None]) + self.skip(x)
        return self.attention(hidden + self.third(hidden))


class TemporalUNet(nn.Module):
    """A one-dimensional U-Net over time, the shape of network that the paper's planner uses."""

    def __init__(self, horizon: int, columns: int, num_steps: int, width: int = 64) -> None:
        super().__init__()
        widths = [width * factor for factor in (1, 2, 4, 8)]
        self.horizon = horizon
        self.padding = -horizon % 2 ** (len(widths) - 1)
        embedding = 4 * width
        self.step = nn.Sequential(nn.Embedding(num_steps + 1, embedding), nn.Linear(embedding, embedding))
        inputs = [columns, *widths[:-1]]
        self.down = nn.ModuleList(_Stage(a, b, embedding) for a, b in zip(inputs, widths, strict=True))
        self.shrink = nn.ModuleList(nn.Conv1d(c, c, 3, stride=2, padding=1) for c in widths[:-1])
        self.middle = _Stage(widths[-1], widths[-1], embedding)
        reverse = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.up = nn.ModuleList(_Stage(2 * a, b, embedding) for a, b in reverse)
        self.grow = nn.ModuleList(nn.ConvTranspose1d(b, b, 4, stride=2, padding=1) for _, b in reverse)
        self.leave = nn.Sequential(_ConvBlock(2 * width, width), nn.Conv1d(width, columns, 1))

    def forward(self, tau: Tensor, k: Tensor) -> Tensor:
        """tau (M, H, W) at diffusion steps k (M,) or (1,)."""
        step = self.step(k)
        x = F.pad(tau.transpose(1, 2), (0, self.padding), mode="replicate")
        skips = []
        for stage, shrink in zip(self.down, [*self.shrink, nn.Identity()], strict=True):
            x = stage(x, step)
            skips.append(x)
            x = shrink(x)
        x = self.middle(x, step)
        for stage, grow in zip(self.up, self.grow, strict=True):
            x = grow(stage(torch.cat([x, skips.pop()], dim=1), step))
        x = self.leave(torch.cat([x, skips.pop()], dim=1))
        return x[..., : self.horizon].transpose(1, 2)
