"""What is learned from: the best segments of the latest rollouts, between windows of the demonstrations."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.trajectory import ACTION, COMMAND, STATE, WIDTH
from diffusion_mpc_ros.training.array_file import load_arrays, save_arrays
from diffusion_mpc_ros.training.collect import Shard
from diffusion_mpc_ros.training.windows import Windows, window_starts


@dataclass(frozen=True)
class Kept:
    """The M segments of a round that are learned from, and how much each."""

    rows: np.ndarray  # (M, L, 57) float32, physical units
    clean: np.ndarray  # (M, L) bool: up to the fall
    weight: np.ndarray  # (M,) mean 1
    score: np.ndarray  # (M,) what each was judged by
    objective: np.ndarray  # (M,) index of what was planned for
    robot: np.ndarray  # (M,)
    segment: np.ndarray  # (M,) of the robot's rollout
    measured: np.ndarray  # (M, L, 3) float32: trunk height m, power W, clearance of the highest foot m

    def save(self, path: Path) -> None:
        """Write ``path`` whole or not at all."""
        save_arrays(path, vars(self))

    @classmethod
    def load(cls, path: Path) -> "Kept":
        """Read what ``save`` wrote."""
        return cls(**load_arrays(path))

    @classmethod
    def joined(cls, parts: Sequence["Kept"]) -> "Kept":
        """All segments of several."""
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])})

    def shard(self) -> Shard:
        """The same as collected trajectories, for what trains on these."""
        height, power, lift = np.moveaxis(self.measured, -1, 0)
        return Shard(self.rows[..., STATE], self.rows[..., ACTION], self.clean, height, power, lift)


class ReplayBuffer:
    """Segments of the last ``rounds`` rounds, and demonstrations where there are any.

    Args:
        rounds: how many rounds it holds.
        horizon: H, rows of a window.
        mean, std: (57,) normalisation of the prior.
        demonstrations: windows normalised likewise; None where there are none.
    """

    def __init__(
        self, rounds: int, horizon: int, mean: np.ndarray, std: np.ndarray, demonstrations: Windows | None
    ) -> None:
        self._mean, self._std = mean, std
        self._offsets = np.arange(horizon)
        self._demonstrations = demonstrations
        self._rounds: deque[tuple[np.ndarray, np.ndarray, np.ndarray]] = deque(maxlen=rounds)
        self._merge()

    def add(self, kept: Kept) -> None:
        """Take in a round; the oldest one makes room."""
        rows = np.clip((kept.rows - self._mean) / self._std, -DATA_CLIP, DATA_CLIP).reshape(-1, WIDTH)
        starts = window_starts(kept.clean, kept.rows[..., COMMAND], len(self._offsets))
        self._rounds.append((rows, starts, kept.weight[starts // kept.clean.shape[1]].astype(np.float32)))
        self._merge()

    def _merge(self) -> None:
        offsets = np.cumsum([0, *(len(rows) for rows, _, _ in self._rounds)])
        empty = (np.empty((0, WIDTH), np.float32), np.empty(0, np.intp), np.empty(0, np.float32))
        rows, starts, weights = zip(empty, *self._rounds, strict=True)
        self._rows = np.concatenate(rows)
        self._starts = np.concatenate([starts[0], *(s + o for s, o in zip(starts[1:], offsets, strict=False))])
        self._weights = np.concatenate(weights)

    def __len__(self) -> int:
        """Windows of rollouts that it holds."""
        return len(self._starts)

    def sample(self, size: int, demonstrations: float, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Normalised windows (size, H, 57) and their weights (size,).

        A share of ``demonstrations`` is drawn uniformly from those, with weight 1; the rest from the rollouts.
        """
        shown = size if len(self) == 0 else round(demonstrations * size)
        chosen = rng.integers(len(self), size=size - shown) if size > shown else np.empty(0, np.intp)
        tau = torch.from_numpy(self._rows[self._starts[chosen][:, None] + self._offsets])
        weights = torch.from_numpy(self._weights[chosen])
        if shown == 0:
            return tau, weights
        if self._demonstrations is None:
            raise ValueError(f"demonstrations: expected a share of 0 without any, got {demonstrations}")
        return torch.cat([self._demonstrations.sample(shown, rng), tau]), torch.cat([torch.ones(shown), weights])
