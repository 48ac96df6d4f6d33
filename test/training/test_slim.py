"""A run that was made slim, and what goes on from it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from diffusion_mpc_ros.planning.manifest import MANIFEST_NAME, Manifest
from diffusion_mpc_ros.training.settings import SettingsError
from diffusion_mpc_ros.training.slim import slim
from diffusion_mpc_ros.training.trainer import load_trained


def train(run: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "diffusion_mpc_ros", "train", *words, "--run", str(run)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run up to its prior, and a teacher."""
    run = tmp_path_factory.mktemp("whole") / "run"
    for stage in ("demonstrator", "collect", "prior", "teacher"):
        assert train(run, stage, "--quick").returncode == 0
    return run


@pytest.fixture
def slimmed(whole: Path, tmp_path: Path) -> Path:
    assert train(whole, "slim", "--output", str(tmp_path / "slim")).returncode == 0
    return tmp_path / "slim"


def size(run: Path) -> int:
    return sum(path.stat().st_size for path in run.rglob("*.pt"))


def test_what_was_learned_is_kept_and_the_rest_is_not(whole: Path, slimmed: Path) -> None:
    kept = {str(path.relative_to(slimmed)) for path in slimmed.rglob("*") if path.is_file()}
    stages = {f"{stage}/settings.json" for stage in ("demonstrator", "prior", "teacher")}
    checkpoints = {"demonstrator/plain.pt", "demonstrator/styled.pt", "prior/prior.pt", "teacher/teacher.pt"}
    assert kept == checkpoints | stages
    assert size(slimmed) < 0.5 * size(whole)
    prior = torch.load(whole / "prior" / "prior.pt", weights_only=True)
    for name, values in torch.load(slimmed / "prior" / "prior.pt", weights_only=True)["average"].items():
        torch.testing.assert_close(values, prior["average"][name], rtol=0, atol=0)


def test_later_stages_go_on_from_it_and_finished_ones_leave_it_alone(slimmed: Path) -> None:
    before = {path: path.read_bytes() for path in slimmed.rglob("*.pt")}
    for stage in ("demonstrator", "collect", "prior", "rewards", "teacher", "finetune"):
        done = train(slimmed, stage, "--quick")
        assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in before} == before
    assert (slimmed / "finetune" / "finetune.pt").exists()


def test_a_planner_that_was_finetuned_is_the_prior_of_what_goes_on(whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    for words in (["rewards"], ["odometry"], ["finetune"], ["refresh"], ["odometry", "--from", "finetune"]):
        done = train(run, *words, "--quick")
        assert done.returncode == 0, done.stderr
    done = train(run, "slim", "--from", "finetune", "--output", str(tmp_path / "slim"))
    assert done.returncode == 0, done.stderr
    for whole_run, source, bundle in ((run, "finetune", "whole"), (tmp_path / "slim", "prior", "slim")):
        done = train(whole_run, "export", "--quick", "--from", source, "--model", str(tmp_path / bundle))
        assert done.returncode == 0, done.stderr
    graphs = {path.name for path in (tmp_path / "whole").glob("*.onnx")}
    assert {"denoiser.onnx", "encoder.onnx", "odometer.onnx", "power.onnx"} < graphs
    for name in graphs:
        assert (tmp_path / "slim" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert "finetune" in Manifest.read(tmp_path / "whole" / MANIFEST_NAME).training
    assert train(tmp_path / "slim", "collect", "--quick").returncode == 0
    done = train(tmp_path / "slim", "finetune", "--quick")
    assert done.returncode == 0, done.stderr


def test_finetuning_asks_for_its_teacher(slimmed: Path) -> None:
    (slimmed / "teacher" / "teacher.pt").unlink()
    for stage in ("collect", "rewards"):
        assert train(slimmed, stage, "--quick").returncode == 0
    refused = train(slimmed, "finetune", "--quick")
    assert refused.returncode != 0
    assert "run `train teacher`" in refused.stderr


def test_a_training_that_is_not_over_cannot_be_resumed_from_it(whole: Path, slimmed: Path) -> None:
    prior = slimmed / "prior" / "prior.pt"
    state = torch.load(prior, weights_only=True)
    torch.save({**state, "step": 1}, prior)
    assert train(slimmed, "collect", "--quick").returncode == 0
    refused = train(slimmed, "prior", "--quick")
    assert refused.returncode != 0
    (line,) = [line for line in refused.stderr.splitlines() if "expected a training to go on with" in line]
    assert str(prior) in line
    with pytest.raises(SettingsError, match="expected 2 steps"):
        load_trained(torch.nn.Linear(1, 1), prior, 2)


def test_a_directory_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="expected a run with checkpoints"):
        slim(tmp_path, tmp_path / "slim")
