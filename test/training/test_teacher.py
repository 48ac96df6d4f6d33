"""The teacher: it begins as the plain demonstrator, and learns to use what it is told."""

from pathlib import Path

import numpy as np
import pytest
import torch

from diffusion_mpc_ros.planning.trajectory import STATE_DIM
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import NOMINAL, TABLE_I
from diffusion_mpc_ros.training import demonstrator, teacher
from diffusion_mpc_ros.training.checkpoint import read_checkpoint
from diffusion_mpc_ros.training.demonstrator import PLAIN, Demonstrator, DemonstratorConfig
from diffusion_mpc_ros.training.policy import INPUT_WIDTH
from diffusion_mpc_ros.training.ppo import widened
from diffusion_mpc_ros.training.privileged import PRIVILEGED_WIDTH
from diffusion_mpc_ros.training.stage import Stage
from diffusion_mpc_ros.training.style import USUAL_HEIGHT, Style
from diffusion_mpc_ros.training.teacher import PlainTeacher, TeacherConfig

USUAL = np.array(USUAL_HEIGHT)
CONFIG = TeacherConfig(iterations=2, num_envs=8, rollout_steps=4)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a demonstrator and a teacher after two iterations each."""
    path = tmp_path_factory.mktemp("run")
    for stage in ("demonstrator", "teacher"):
        (path / stage).mkdir()
    config = DemonstratorConfig(iterations=2, styled_iterations=2, num_envs=8, rollout_steps=4)
    demonstrator.train(config, Stage(path / "demonstrator", 1, path))
    teacher.train(CONFIG, Stage(path / "teacher", 1, path))
    return path


def test_what_is_new_has_no_effect_before_it_is_trained(run: Path, tmp_path: Path) -> None:
    wide = widened(read_checkpoint(run / "demonstrator" / PLAIN), INPUT_WIDTH + PRIVILEGED_WIDTH)
    torch.save(wide, tmp_path / "wide.pt")
    robot = BatchedGo2(5, TABLE_I, np.random.default_rng(0))
    observation = np.random.default_rng(1).normal(0.0, 0.3, size=(5, STATE_DIM))
    plain = Demonstrator(run / "demonstrator" / PLAIN)(observation, Style.usual(5))
    np.testing.assert_allclose(PlainTeacher(tmp_path / "wide.pt")(robot, USUAL, observation), plain, atol=1e-6)


def test_training_makes_use_of_what_it_is_told(run: Path) -> None:
    leads = PlainTeacher(run / "teacher" / teacher.CHECKPOINT)
    observation = np.zeros((1, STATE_DIM))
    robot = BatchedGo2(1, NOMINAL, np.random.default_rng(0))
    light = leads(robot, USUAL, observation)
    robot.physics.payload[:] = 3.0
    assert np.abs(leads(robot, USUAL, observation) - light).max() > 1e-6


def test_a_trained_teacher_is_left_alone(run: Path) -> None:
    checkpoint = run / "teacher" / teacher.CHECKPOINT
    before = checkpoint.read_bytes()
    teacher.train(CONFIG, Stage(run / "teacher", 1, run))
    assert checkpoint.read_bytes() == before
