"""The replay buffer: whole windows, within one segment, up to a fall, of the latest rounds."""

from pathlib import Path

import numpy as np
import pytest

from diffusion_mpc_ros.planning.trajectory import COMMAND, WIDTH
from diffusion_mpc_ros.training.replay import Kept, ReplayBuffer

HORIZON, LENGTH = 4, 6
MEAN, STD = np.zeros(WIDTH, np.float32), np.full(WIDTH, 100.0, np.float32)


def kept(first: float, weight: tuple[float, ...] = (0.5, 1.5), fall: int = LENGTH) -> Kept:
    """Segments whose rows count up from ``first``; the last one ends in a fall after ``fall`` ticks."""
    num = len(weight)
    rows = np.empty((num, LENGTH, WIDTH), np.float32)
    rows[:] = first + np.arange(num * LENGTH).reshape(num, LENGTH, 1)
    rows[..., COMMAND] = 0.5
    clean = np.ones((num, LENGTH), bool)
    clean[-1, fall:] = False
    index = np.arange(num)
    measured = np.zeros((num, LENGTH, 3), np.float32)
    return Kept(rows, clean, np.array(weight), np.array(weight), np.zeros(num, np.intp), index, index, measured)


def buffer(rounds: int = 2) -> ReplayBuffer:
    return ReplayBuffer(rounds, HORIZON, MEAN, STD, None)


def drawn(of: ReplayBuffer) -> tuple[np.ndarray, np.ndarray]:
    """First values of many windows, physical, and the windows' weights."""
    tau, weights = of.sample(2000, 0.0, np.random.default_rng(0))
    assert tau.shape == (2000, HORIZON, WIDTH)
    physical = 100.0 * tau.numpy()[..., 0]
    np.testing.assert_allclose(np.diff(physical, axis=1), 1.0, atol=1e-3)
    return np.rint(physical[:, 0]).astype(int), weights.numpy()


def test_windows_lie_within_a_segment_and_carry_its_weight() -> None:
    of = buffer()
    of.add(kept(0.0, fall=5))
    starts, weights = drawn(of)
    assert set(starts) == {0, 1, 2, 6, 7}
    np.testing.assert_array_equal(weights, np.where(starts < LENGTH, 0.5, 1.5))


def test_the_oldest_round_makes_room() -> None:
    of = buffer(rounds=2)
    for first in (0.0, 100.0, 200.0):
        of.add(kept(first))
    starts, _ = drawn(of)
    assert set(starts // 100) == {1, 2}
    assert len(of) == 2 * 2 * (LENGTH - HORIZON + 1)


def test_without_demonstrations_none_can_be_asked_for() -> None:
    of = buffer()
    of.add(kept(0.0))
    with pytest.raises(ValueError, match=r"demonstrations: expected a share of 0 without any, got 0\.5"):
        of.sample(4, 0.5, np.random.default_rng(0))


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "rounds" / "0000.npz"
    before = kept(3.0)
    before.save(path)
    for name, values in vars(Kept.load(path)).items():
        np.testing.assert_array_equal(values, getattr(before, name))
    assert Kept.joined([before, before]).rows.shape == (4, LENGTH, WIDTH)
