"""Windows of H rows cut from collected trajectories, normalised for the networks, and what they amount to."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.trajectory import ACTION, COMMAND, STATE, WIDTH
from diffusion_mpc_ros.training.collect import Shard
from diffusion_mpc_ros.training.settings import SettingsError

SMALLEST_STD = 1e-3


class Windows:
    """All rows in memory, and every tick at which a window of clean demonstration under one command begins.

    Args:
        shards: files of trajectories.
        horizon: H.
        statistics: ``mean`` and ``std`` (57,) to normalise by, those of a network; the windows' own by default.

    Attributes:
        rows: (R, 57) normalised, trajectory after trajectory.
        starts: (S,) the row each window begins with.
        trajectory: (S,) which trajectory each window is of.
        mean, std: (57,) that rows are normalised by, physical units: of the rows that windows begin with.
    """

    def __init__(self, shards: Sequence[Path], horizon: int, statistics: Mapping[str, Tensor] | None = None) -> None:
        if len(shards) == 0:
            raise SettingsError("expected collected trajectories, got none; run `train collect`")
        rows, measured, starts, trajectory, offset, count = [], [], [], [], 0, 0
        for path in shards:
            shard = Shard.load(path)
            num, steps = shard.clean.shape
            tau = np.empty((num, steps, WIDTH), np.float32)
            tau[..., STATE], tau[..., ACTION] = shard.observation, shard.action
            begin = window_starts(shard.clean, shard.observation[..., COMMAND], horizon)
            starts.append(offset + begin)
            trajectory.append(count + begin // steps)
            rows.append(tau.reshape(-1, WIDTH))
            measured.append(np.stack([shard.height, shard.power, shard.lift], axis=-1).reshape(-1, 3))
            offset, count = offset + num * steps, count + num
        self.rows, self._measured = np.concatenate(rows), np.concatenate(measured)
        self.starts = np.concatenate(starts)
        self.trajectory = np.concatenate(trajectory)
        if len(self.starts) == 0:
            raise SettingsError(
                f"{len(shards)} shards: expected a window of {horizon} clean ticks under one command, got none; "
                "collect longer trajectories"
            )
        if statistics is None:
            self.mean, self.std = self._moments()
        else:
            self.mean, self.std = (statistics[name].numpy() for name in ("mean", "std"))
        self._offsets = np.arange(horizon)
        self.rows -= self.mean
        self.rows /= self.std
        np.clip(self.rows, -DATA_CLIP, DATA_CLIP, out=self.rows)

    def _moments(self) -> tuple[np.ndarray, np.ndarray]:
        seen = self.rows[self.starts]
        mean = seen.mean(axis=0, dtype=np.float64)
        std = np.maximum(seen.std(axis=0, dtype=np.float64), SMALLEST_STD)
        return mean.astype(np.float32), std.astype(np.float32)

    @property
    def statistics(self) -> dict[str, Tensor]:
        """``mean`` and ``std`` for a checkpoint."""
        return {"mean": torch.from_numpy(self.mean), "std": torch.from_numpy(self.std)}

    def sample(self, size: int, rng: np.random.Generator) -> Tensor:
        """Normalised windows (size, H, 57) drawn uniformly."""
        return self.tau(rng.choice(self.starts, size))

    def tau(self, starts: np.ndarray) -> Tensor:
        """Normalised windows (M, H, 57) that begin at rows (M,)."""
        return torch.from_numpy(self.rows[starts[:, None] + self._offsets])

    def quantities(self, starts: np.ndarray) -> dict[str, Tensor]:
        """What the windows that begin at rows (M,) amount to, (M,) each, by the names and in the units of UNITS."""
        height, power, lift = np.moveaxis(self._measured[starts[:, None] + self._offsets], -1, 0)  # (M, H) each
        return {
            "base_height": torch.from_numpy(height.mean(axis=1)),
            "power": torch.from_numpy(power.mean(axis=1)),
            "foot_lift": torch.from_numpy(lift.max(axis=1)),
        }


def window_starts(clean: np.ndarray, command: np.ndarray, horizon: int) -> np.ndarray:
    """Flat indices of the ticks from which ``horizon`` ticks on are all in ``clean`` (E, T) and under one command of
    ``command`` (E, T, 3): a plan knows of no other than that of its first state."""
    kept = np.all(command[:, 1:] == command[:, :-1], axis=-1)
    whole = np.zeros_like(clean)
    whole[:, : clean.shape[1] - horizon + 1] = _throughout(clean, horizon) & _throughout(kept, horizon - 1)
    return np.flatnonzero(whole)


def _throughout(true: np.ndarray, length: int) -> np.ndarray:
    """Whether ``true`` (E, T) holds for ``length`` ticks from each tick on, (E, T - length + 1)."""
    counts = np.cumsum(np.pad(true, ((0, 0), (1, 0))), axis=1)
    return counts[:, length:] - counts[:, : counts.shape[1] - length] == length
