"""A run that was made slim, and what goes on from it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from diffusion_mpc_ros.cli.main import main
from diffusion_mpc_ros.resources import resource_directory
from diffusion_mpc_ros.training import odometry, refresh
from diffusion_mpc_ros.training.checkpoint import read_checkpoint
from diffusion_mpc_ros.training.prior import PriorConfig
from diffusion_mpc_ros.training.settings import SettingsError, read_settings, section
from diffusion_mpc_ros.training.slim import slim
from diffusion_mpc_ros.training.sources import PRIOR, interactive_checkpoint, load_denoiser
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
    run, slimmed = tmp_path / "run", tmp_path / "slim"
    shutil.copytree(whole, run)
    for words in (["rewards"], ["odometry"], ["finetune"], ["refresh"], ["odometry", "--from", "finetune"]):
        assert main(["train", *words, "--quick", "--run", str(run)]) == 0
    checkpoint = interactive_checkpoint(run, "finetune")
    state = read_checkpoint(checkpoint)
    for values in state["best"]["network"].values():
        values += 1  # so little finetuning may leave the prior the best
    torch.save(state, checkpoint)
    assert main(["train", "slim", "--from", "finetune", "--run", str(run), "--output", str(slimmed)]) == 0
    config = section(read_settings(resource_directory("config") / "training" / "quick.yaml"), "prior", PriorConfig)
    finetuned, prior, handed_on = (
        load_denoiser(*source, config)[0].state_dict() for source in ((run, "finetune"), (run, PRIOR), (slimmed, PRIOR))
    )
    assert all(torch.equal(values, handed_on[name]) for name, values in finetuned.items())
    assert any(not torch.equal(values, handed_on[name]) for name, values in prior.items())
    for own, name in ((refresh, "rewards/rewards.pt"), (odometry, "odometry/odometry.pt")):
        trained, kept = (read_checkpoint(path) for path in (own.checkpoint_of(run, "finetune"), slimmed / name))
        assert all(torch.equal(values, kept["average"][key]) for key, values in trained["average"].items())
        assert own.checkpoint_of(run, "finetune") != run / name


def test_a_denoiser_without_a_prior_to_take_the_place_of_is_refused(slimmed: Path, tmp_path: Path) -> None:
    (slimmed / "prior" / "prior.pt").unlink()
    checkpoint = interactive_checkpoint(slimmed, "finetune")
    checkpoint.parent.mkdir()
    torch.save({"best": {"network": {}}}, checkpoint)
    with pytest.raises(SettingsError, match="prior whose place the denoiser of finetune takes"):
        slim(slimmed, tmp_path / "slimmer", "finetune")
    assert not (tmp_path / "slimmer").exists()


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
