"""Windows cut from collected trajectories."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.trajectory import ACTION, COMMAND, JOINT_POSITION
from diffusion_mpc_ros.training.collect import Shard
from diffusion_mpc_ros.training.settings import SettingsError
from diffusion_mpc_ros.training.windows import Windows, window_starts

HORIZON = 5


@given(arrays(bool, st.tuples(st.integers(1, 4), st.integers(HORIZON, 30), st.just(2))))
def test_windows_begin_exactly_where_all_their_ticks_are_clean_and_the_command_stays(drawn: np.ndarray) -> None:
    clean, changed = drawn[..., 0], drawn[..., 1] & np.roll(drawn[..., 0], 3)
    command = np.cumsum(changed, axis=1)[..., None] * np.array([0.1, 0.0, -0.1])
    trajectories, ticks = clean.shape
    expected = [
        trajectory * ticks + tick
        for trajectory in range(trajectories)
        for tick in range(ticks - HORIZON + 1)
        if clean[trajectory, tick : tick + HORIZON].all() and not changed[trajectory, tick + 1 : tick + HORIZON].any()
    ]
    assert window_starts(clean, command, HORIZON).tolist() == expected


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    paths = []
    for index in range(2):
        observation = rng.normal(3.0, 2.0, size=(3, 40, 45)).astype(np.float32)
        observation[..., COMMAND] = np.repeat(observation[:, ::20, COMMAND], 20, axis=1)
        shard = Shard(
            observation=observation,
            action=rng.normal(-1.0, 0.5, size=(3, 40, 12)).astype(np.float32),
            clean=rng.random((3, 40)) < 0.97,
            height=np.full((3, 40), 0.28, np.float32),
            power=np.full((3, 40), 80.0, np.float32),
            lift=np.full((3, 40), 0.06, np.float32),
        )
        paths.append(tmp_path / f"shard_{index}.npz")
        shard.save(paths[-1])
    return paths


def test_windows_can_be_normalised_as_those_of_a_network(shards: list[Path]) -> None:
    own = Windows(shards, HORIZON)
    others = {"mean": torch.full((57,), 1.0), "std": torch.full((57,), 4.0)}
    windows = Windows(shards, HORIZON, others)
    expected = (own.tau(own.starts).numpy() * own.std + own.mean - 1.0) / 4.0
    np.testing.assert_allclose(windows.tau(windows.starts), expected, atol=1e-5)
    np.testing.assert_array_equal(windows.statistics["mean"], others["mean"])


def test_windows_are_the_normalised_rows_of_one_trajectory(shards: list[Path]) -> None:
    windows = Windows(shards, HORIZON)
    tau = np.concatenate(
        [
            np.concatenate([shard.observation, shard.action], axis=-1).reshape(-1, 57)
            for shard in map(Shard.load, shards)
        ]
    )
    for start in windows.starts:
        assert start % 40 <= 40 - HORIZON
        expected = np.clip((tau[start : start + HORIZON] - windows.mean) / windows.std, -DATA_CLIP, DATA_CLIP)
        np.testing.assert_allclose(windows.rows[start : start + HORIZON], expected, atol=1e-5)
    assert windows.mean[JOINT_POSITION].mean() == pytest.approx(3.0, abs=0.2)
    assert windows.std[ACTION].mean() == pytest.approx(0.5, abs=0.1)


def test_sampling_is_uniform_over_starts_and_reproducible(shards: list[Path]) -> None:
    windows = Windows(shards, HORIZON)
    first = windows.sample(64, np.random.default_rng(1))
    np.testing.assert_array_equal(first, windows.sample(64, np.random.default_rng(1)))
    assert first.shape == (64, HORIZON, 57)


def test_a_shard_survives_the_disk(shards: list[Path]) -> None:
    shard = Shard.load(shards[0])
    assert shard.observation.dtype == np.float32
    assert shard.clean.dtype == bool
    assert not list(shards[0].parent.glob("*.partial"))


def test_data_without_a_single_window_is_refused(tmp_path: Path) -> None:
    quiet = np.ones((2, 20), np.float32)
    shard = Shard(np.zeros((2, 20, 45)), np.zeros((2, 20, 12)), np.zeros((2, 20), bool), quiet, quiet, quiet)
    shard.save(tmp_path / "shard_0.npz")
    with pytest.raises(SettingsError, match="1 shards: expected a window of 5 clean ticks under one command, got none"):
        Windows([tmp_path / "shard_0.npz"], HORIZON)


def test_no_data_at_all_names_the_stage_that_makes_it() -> None:
    with pytest.raises(SettingsError, match="run `train collect`"):
        Windows([], 5)
