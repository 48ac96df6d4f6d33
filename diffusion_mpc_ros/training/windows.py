"""Windows of H rows cut from collected trajectories, normalised for the denoiser."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.trajectory import ACTION, STATE, WIDTH
from diffusion_mpc_ros.training.collect import Shard

SMALLEST_STD = 1e-3


class Windows:
    """All rows in memory, and every tick at which a window of clean demonstration begins."""

    def __init__(self, shards: Sequence[Path], horizon: int) -> None:
        rows, starts, offset = [], [], 0
        for path in shards:
            shard = Shard.load(path)
            tau = np.empty((*shard.clean.shape, WIDTH), np.float32)
            tau[..., STATE], tau[..., ACTION] = shard.observation, shard.action
            starts.append(offset + window_starts(shard.clean, horizon))
            rows.append(tau.reshape(-1, WIDTH))
            offset += len(rows[-1])
        self.rows = np.concatenate(rows)
        self.starts = np.concatenate(starts)
        self.mean, self.std = self._statistics()
        self._offsets = np.arange(horizon)
        self.rows -= self.mean
        self.rows /= self.std
        np.clip(self.rows, -DATA_CLIP, DATA_CLIP, out=self.rows)

    def _statistics(self) -> tuple[np.ndarray, np.ndarray]:
        seen = self.rows[self.starts]
        mean = seen.mean(axis=0, dtype=np.float64)
        std = np.maximum(seen.std(axis=0, dtype=np.float64), SMALLEST_STD)
        return mean.astype(np.float32), std.astype(np.float32)

    def sample(self, size: int, rng: np.random.Generator) -> Tensor:
        """Normalised windows (size, H, 57) drawn uniformly."""
        starts = self.starts[rng.integers(len(self.starts), size=size)]
        return torch.from_numpy(self.rows[starts[:, None] + self._offsets])


def window_starts(clean: np.ndarray, horizon: int) -> np.ndarray:
    """Flat indices of the ticks in ``clean`` (E, T) from which ``horizon`` ticks on are all clean."""
    counts = np.cumsum(np.pad(clean, ((0, 0), (1, 0))), axis=1)
    whole = np.zeros_like(clean)
    whole[:, : clean.shape[1] - horizon + 1] = counts[:, horizon:] - counts[:, :-horizon] == horizon
    return np.flatnonzero(whole)
