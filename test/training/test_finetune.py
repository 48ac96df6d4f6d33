"""Finetuning end to end with tiny settings: what it leaves, what a kill costs, and what a second process changes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from diffusion_mpc_ros.closed_loop.deployed_objective import preset
from diffusion_mpc_ros.planning.trajectory import ACTION_DIM, COMMAND, STATE_DIM
from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.training import odometry
from diffusion_mpc_ros.training.array_file import load_arrays
from diffusion_mpc_ros.training.collect import Shard
from diffusion_mpc_ros.training.finetune import asked_height
from diffusion_mpc_ros.training.replay import Kept
from diffusion_mpc_ros.training.rounds import RoundsConfig, kept_segments
from diffusion_mpc_ros.training.style import USUAL_HEIGHT

SETTINGS = """
seed: 1
prior:
  width: 32
  blocks: 1
  encoder_width: 16
  steps: 100
  batch_size: 16
rewards: {width: 8, steps: 2, batch_size: 8, held_out: 4}
odometry:
  width: 8
  steps: 4
  batch_size: 16
  interaction: {num_envs: 4, shards: 2, steps: 110, replicas: 1}
finetune:
  rounds: 4
  buffer_rounds: 2
  taught: 0.0
  guided: {gentle: 0.4}
  guided_ramp: 0.0
  interaction: {num_envs: 16, shards: 2, steps: 40, replicas: 4, segment: 20, outlook: 20}
  training: {steps: 8, batch_size: 16}
  checkup: {num_envs: 4, steps: 30}
"""
TORCHRUN = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone", "-m", "--"]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE", "GLOO_SOCKET_IFNAME": "lo"}


def command(run: Path, stage: str, *launcher: str, options: Sequence[str] = ()) -> list[str]:
    settings = run.parent / "settings.yaml"
    settings.write_text(SETTINGS)
    words = ["train", stage, "--run", str(run), "--config", str(settings), *options]
    return [sys.executable, *(launcher or ("-m",)), "diffusion_mpc_ros", *words]


def train(run: Path, stages: Sequence[str], *launcher: str) -> Path:
    for stage in stages:
        subprocess.run(command(run, stage, *launcher), check=True, capture_output=True, env=ENVIRONMENT)
    return run


def demonstrations(run: Path) -> Path:
    """A run that has collected data: robots that stand and tremble."""
    rng = np.random.default_rng(0)
    (run / "collect").mkdir(parents=True)
    observation = rng.normal(0.0, 0.3, size=(4, 60, STATE_DIM)).astype(np.float32)
    observation[..., COMMAND] = 0.0
    action = (STAND_POSE + rng.normal(0.0, 0.1, size=(4, 60, ACTION_DIM))).astype(np.float32)
    measured = rng.uniform(0.1, 0.3, size=(3, 4, 60)).astype(np.float32)
    Shard(observation, action, np.ones((4, 60), bool), *measured).save(run / "collect" / "shard_000.npz")
    return run


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(demonstrations(tmp_path_factory.mktemp("undisturbed") / "run"), ("prior", "finetune"))


def test_an_odometer_learns_from_the_walks_of_its_own_planner(undisturbed: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(undisturbed, run)
    state = checkpoint(run)
    for values in state["best"]["network"].values():
        values += 0.01  # so little finetuning may leave the prior the best
    torch.save(state, run / "finetune" / "finetune.pt")
    assert odometry.checkpoint_of(run, "finetune") == run / "odometry" / odometry.CHECKPOINT
    walks = []
    for source in ("prior", "finetune"):
        subprocess.run(command(run, "odometry", options=("--from", source)), check=True, env=ENVIRONMENT)
        own = odometry.checkpoint_of(run, source)
        walks.append(load_arrays(own.parent / "walks_00.npz")["observation"])
    assert odometry.checkpoint_of(run, "finetune") == own == run / "odometry_finetune" / odometry.CHECKPOINT
    assert np.abs(walks[0] - walks[1]).max() > 1e-3


def test_the_teacher_walks_at_the_height_that_an_objective_asks_for() -> None:
    asked = preset("low_crawl")
    assert asked_height(asked) == asked["base_height.target"] < USUAL_HEIGHT
    assert np.isnan(asked_height({**asked, "base_height.weight": 0.0}))
    assert np.isnan(asked_height(preset("gentle")))


def checkpoint(run: Path, stage: str = "finetune") -> dict[str, Any]:
    state: dict[str, Any] = torch.load(run / stage / f"{stage}.pt", weights_only=True)
    return state


def test_every_round_is_told_and_the_best_is_kept(undisturbed: Path) -> None:
    state = checkpoint(undisturbed)
    history = state["history"]
    assert [entry["round"] for entry in history] == list(range(5))
    assert state["best"]["merit"] == max(entry["merit"] for entry in history)
    assert history[-1]["interactions"] == 4 * 16 * 40
    assert (undisturbed / "finetune" / "curves.png").stat().st_size > 10_000
    files = kept_segments(undisturbed / "finetune")
    assert len(files) == 4
    for entry, path in zip(history[1:], files, strict=True):
        kept = Kept.load(path)
        assert len(kept.weight) == entry["kept"] == sum(entry["kept_by_objective"].values())
        assert kept.weight.sum() ** 2 / np.square(kept.weight).sum() == pytest.approx(entry["effective_sample_size"])
        assert kept.score.min() == pytest.approx(entry["least_score_kept"])
    assert sum(entry["kept_by_objective"]["gentle"] for entry in history[1:]) > 0


def test_a_killed_finetuning_ends_as_an_undisturbed_one(undisturbed: Path, tmp_path: Path) -> None:
    run = demonstrations(tmp_path / "run")
    (run / "prior").symlink_to(undisturbed / "prior")
    process = subprocess.Popen(command(run, "finetune"), stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    while not (run / "finetune" / "rounds" / "0001.npz").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(checkpoint(run)["history"]) < 5
    train(run, ("finetune",))
    ends = checkpoint(run), checkpoint(undisturbed)
    assert ends[0]["history"] == ends[1]["history"]
    for part in ("network", "average"):
        for name, values in ends[0][part].items():
            torch.testing.assert_close(values, ends[1][part][name], rtol=0, atol=0)


def test_two_processes_train_the_prior_that_one_does(undisturbed: Path, tmp_path: Path) -> None:
    """The same global batch, shared by two processes of torchrun, loss by loss."""
    run = train(demonstrations(tmp_path / "run"), ("prior",), *TORCHRUN)
    curve = loss_curve(undisturbed)
    assert len(curve) == 4
    np.testing.assert_allclose(loss_curve(run), curve, rtol=1e-3)


def test_two_processes_finetune_as_one_does(undisturbed: Path, tmp_path: Path) -> None:
    run = demonstrations(tmp_path / "run")
    (run / "prior").symlink_to(undisturbed / "prior")
    train(run, ("finetune",), *TORCHRUN)
    for one, two in zip(checkpoint(undisturbed)["history"], checkpoint(run)["history"], strict=True):
        assert two.keys() == one.keys()
        for name in one.keys() & {"kept", "return", "effective_sample_size", "loss", "merit"}:
            assert two[name] == pytest.approx(one[name], rel=2e-3, abs=1e-3), name


def loss_curve(run: Path) -> list[float]:
    curves = EventAccumulator(str(run / "prior")).Reload()
    return [point.value for point in curves.Scalars("loss")]


def test_objectives_come_in_as_their_share_grows() -> None:
    config = RoundsConfig(rounds=11, guided={"gentle": 0.2, "balance": 0.4}, guided_ramp=0.5)
    np.testing.assert_allclose(config.guided_shares(0), [1.0, 0.0, 0.0])
    np.testing.assert_allclose(config.guided_shares(1), [0.88, 0.04, 0.08])
    np.testing.assert_allclose(config.guided_shares(5), [0.4, 0.2, 0.4])
    np.testing.assert_allclose(config.guided_shares(10), [0.4, 0.2, 0.4])
