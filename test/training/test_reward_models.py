"""Training of the networks that read physical quantities off noisy windows."""

import json
from pathlib import Path

import numpy as np
import torch

from diffusion_mpc_ros.planning.quantity import UNITS
from diffusion_mpc_ros.planning.trajectory import COMMAND, JOINT_POSITION
from diffusion_mpc_ros.training.collect import Shard
from diffusion_mpc_ros.training.prior import PriorConfig
from diffusion_mpc_ros.training.reward_models import CHECKPOINT, ERRORS, RewardModelConfig, train
from diffusion_mpc_ros.training.stage import Stage

CONFIG = RewardModelConfig(width=32, steps=300, batch_size=128, ema_decay=0.97, checkpoint_every=300, held_out=4)
PRIOR = PriorConfig(horizon=5)
SHAPE = (12, 60)
"""Trajectories and ticks."""


def collected(run: Path, spoilt: bool = False) -> Stage:
    """A run whose trunk height is told by a slowly moving joint; ``spoilt`` where trajectories are held out."""
    rng = np.random.default_rng(0)
    observation = 0.1 * rng.standard_normal((*SHAPE, 45))
    observation[..., COMMAND] = 0.0
    observation[..., JOINT_POSITION] += np.cumsum(rng.normal(scale=0.2, size=(*SHAPE, 1)), axis=1)
    height = 0.25 + 0.03 * observation[..., JOINT_POSITION].mean(axis=-1)
    if spoilt:
        height[:: CONFIG.held_out] = np.nan
    (run / "collect").mkdir(parents=True)
    Shard(
        observation.astype(np.float32),
        rng.standard_normal((*SHAPE, 12)).astype(np.float32),
        np.ones(SHAPE, bool),
        height.astype(np.float32),
        rng.uniform(50.0, 100.0, SHAPE).astype(np.float32),
        rng.uniform(0.0, 0.1, SHAPE).astype(np.float32),
    ).save(run / "collect" / "shard_000.npz")
    (run / "rewards").mkdir()
    return Stage(run / "rewards", 1, run)


def shards(stage: Stage) -> list[Path]:
    return sorted((stage.run / "collect").glob("shard_*.npz"))


def test_what_can_be_read_is_learned_and_noise_makes_it_harder(tmp_path: Path) -> None:
    stage = collected(tmp_path)
    train(CONFIG, PRIOR, stage, shards(stage))
    report = json.loads((stage.directory / ERRORS).read_text())
    assert report["quantities"].keys() == UNITS.keys()
    for name, errors in report["quantities"].items():
        assert errors["unit"] == UNITS[name]
        assert list(errors["rmse"]) == [str(level) for level in range(10)]
    height = report["quantities"]["base_height"]
    assert height["rmse"]["0"] < 0.3 * height["deviation"]
    assert height["rmse"]["0"] < height["rmse"]["9"]
    power = report["quantities"]["power"]  # was drawn by lot
    assert power["rmse"]["0"] > 0.9 * power["deviation"]


def test_held_out_trajectories_are_never_trained_on(tmp_path: Path) -> None:
    weights = []
    for name, spoilt in (("sound", False), ("spoilt", True)):
        stage = collected(tmp_path / name, spoilt)
        checkpoint = train(CONFIG, PRIOR, stage, shards(stage))
        weights.append(torch.load(checkpoint, weights_only=True)["average"])
    for name, values in weights[0].items():
        torch.testing.assert_close(values, weights[1][name])


def test_a_second_run_measures_the_same(tmp_path: Path) -> None:
    stage = collected(tmp_path)
    errors = []
    for _ in range(2):
        train(CONFIG, PRIOR, stage, shards(stage))
        errors.append(json.loads((stage.directory / ERRORS).read_text())["quantities"])
    assert errors[0] == errors[1]
    assert torch.load(stage.directory / CHECKPOINT, weights_only=True)["step"] == CONFIG.steps
