"""Standard normal numbers for the sampler."""

from collections.abc import Callable
from copy import copy

import numpy as np

from diffusion_mpc_ros.planning.layout import empty_batch
from diffusion_mpc_ros.planning.trajectory import WIDTH

Noise = Callable[[int, int], np.ndarray]
"""Counts M and H to noise (M, H, 57), float32, not to be written to."""

BANK = 2**22
"""Numbers drawn in advance: 16 MB, enough for six plans of a hundred candidates without a number used twice."""


class NoiseBank:
    """Noise from a store that is drawn once and read from a new random place for every reverse step.

    Drawing takes about 6 ns a number, a third of the whole plan of a hundred candidates; reading a store takes nothing.
    Numbers come back, but never at the same places together: a step of a hundred candidates begins at one of four
    million.

    Args:
        rng: source of all randomness; the same seed and calls give the same noise.
        size: of the store.
    """

    def __init__(self, rng: np.random.Generator, size: int = BANK) -> None:
        self._rng = rng
        self._store = rng.standard_normal(size, np.float32)
        self._store.setflags(write=False)

    def shared(self, readers: int) -> list["NoiseBank"]:
        """As many banks on the same store, which threads can read independently of each other's pace."""
        banks = []
        for rng in self._rng.spawn(readers):
            bank = copy(self)
            bank._rng = rng
            banks.append(bank)
        return banks

    def __call__(self, count: int, horizon: int) -> np.ndarray:
        """See ``Noise``."""
        size = WIDTH * horizon * count
        if size > len(self._store):
            return self._pieces(count, horizon)
        start = int((len(self._store) - size + 1) * self._rng.random())
        return self._store[start : start + size].reshape(WIDTH, horizon, count).T

    def _pieces(self, count: int, horizon: int) -> np.ndarray:
        """For batches beyond the store: pieces of it, each from a place of its own."""
        noise = empty_batch(count, horizon)
        flat = noise.T.reshape(-1)
        piece = len(self._store) // 2
        for begin in range(0, len(flat), piece):
            size = min(piece, len(flat) - begin)
            start = int(self._rng.integers(len(self._store) - size + 1))
            flat[begin : begin + size] = self._store[start : start + size]
        return noise
