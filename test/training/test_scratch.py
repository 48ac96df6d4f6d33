"""Training from nothing, with tiny settings, and what is made of its rollouts."""

from pathlib import Path

import numpy as np
import pytest
import torch

from diffusion_mpc_ros.resources import resource_directory
from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.training import refresh, scratch
from diffusion_mpc_ros.training.prior import PriorConfig
from diffusion_mpc_ros.training.reward_models import RewardModelConfig
from diffusion_mpc_ros.training.rounds import kept_segments
from diffusion_mpc_ros.training.scratch import INITIAL, RandomMotion, ScratchConfig
from diffusion_mpc_ros.training.settings import SettingsError, read_settings, section
from diffusion_mpc_ros.training.stage import Stage

QUICK = read_settings(resource_directory("config") / "training" / "quick.yaml")
CONFIG = section(QUICK, "scratch", ScratchConfig)
PRIOR, REWARDS = section(QUICK, "prior", PriorConfig), section(QUICK, "rewards", RewardModelConfig)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("run")
    scratch.train(CONFIG, PRIOR, REWARDS, Stage(run / "scratch", 1, run))
    return run


def test_it_begins_with_random_motion_and_ends_with_a_planner(finished: Path) -> None:
    state = torch.load(finished / "scratch" / scratch.CHECKPOINT, weights_only=True)
    assert len(state["history"]) == 1 + CONFIG.rounds
    assert state["step"] == CONFIG.training.steps + CONFIG.updates
    assert len(list((finished / "scratch" / INITIAL).glob("*.npz"))) == CONFIG.initial_rounds
    assert len(kept_segments(finished / "scratch")) == CONFIG.rounds
    assert (state["std"] > 0).all()


def test_random_motions_swing_about_the_stand_pose_each_robot_its_own_way() -> None:
    motion = RandomMotion(5, ScratchConfig(), np.random.default_rng(0))
    ticks = np.stack([motion.targets(tick, np.zeros((5, 45))) for tick in range(200)]) - STAND_POSE
    assert 0.1 < np.abs(ticks).max() <= ScratchConfig().initial_amplitude
    np.testing.assert_allclose(ticks.mean(axis=0), 0.0, atol=0.06)
    assert (np.abs(np.diff(ticks, axis=1)).max(axis=0) > 0).all()


def test_reward_models_learn_what_the_rollouts_met(finished: Path) -> None:
    (finished / "refresh").mkdir()
    checkpoint = refresh.train(REWARDS, PRIOR, Stage(finished / "refresh", 1, finished))
    assert torch.load(checkpoint, weights_only=True)["step"] == REWARDS.steps
    assert len(list((finished / "refresh").glob("shard_*.npz"))) == CONFIG.rounds


def test_without_rollouts_there_is_nothing_to_refresh_on(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="expected rollouts of finetune or scratch, got none"):
        refresh.train(REWARDS, PRIOR, Stage(tmp_path / "refresh", 1, tmp_path))
