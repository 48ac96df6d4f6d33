"""Every training stage with the quick settings, end to end, and what a kill may cost."""

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from diffusion_mpc_ros.evaluation.demonstrator import DemonstratorController
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.quantity import UNITS
from diffusion_mpc_ros.planning.trajectory import STATE, STATE_DIM, WIDTH
from diffusion_mpc_ros.resources import resource_directory
from diffusion_mpc_ros.robot.spec import SETUP
from diffusion_mpc_ros.training import odometry, pipeline, prior
from diffusion_mpc_ros.training.demonstrator import PLAIN, STYLED, Demonstrator, DemonstratorConfig
from diffusion_mpc_ros.training.odometry import load_odometer
from diffusion_mpc_ros.training.prior import CHECKPOINT, PriorConfig, build_network
from diffusion_mpc_ros.training.reward_models import RewardModelConfig, build_networks
from diffusion_mpc_ros.training.settings import SettingsError, read_settings, section
from diffusion_mpc_ros.training.style import Style
from diffusion_mpc_ros.training.trainer import load_trained


def train(run: Path, *options: str) -> None:
    parser = argparse.ArgumentParser()
    pipeline.add_arguments(parser)
    assert pipeline.run(parser.parse_args(["--quick", "--run", str(run), *options])) == 0


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("run")
    train(run)
    return run


QUICK = read_settings(resource_directory("config") / "training" / "quick.yaml")


def quick_prior() -> PriorConfig:
    return section(QUICK, "prior", PriorConfig)


def test_the_styled_demonstrator_begins_as_the_plain_one_ends_but_for_its_exploration(finished: Path) -> None:
    plain, styled = (
        torch.load(finished / "demonstrator" / name, weights_only=True)["actor_state_dict"] for name in (PLAIN, STYLED)
    )
    std = "distribution.std_param"
    del plain[std]
    torch.testing.assert_close(
        styled[std], torch.full_like(styled[std], DemonstratorConfig.styled_std), atol=0.02, rtol=0
    )
    for name, values in plain.items():
        assert 0.0 < torch.linalg.norm(styled[name] - values) < 0.2 * torch.linalg.norm(values), name


def test_the_pipeline_ends_in_a_bundle_that_loads(finished: Path) -> None:
    bundle = ModelBundle.load(finished / "model", SETUP)
    assert bundle.horizon == 11
    assert bundle.manifest.training["prior"]["steps"] == quick_prior().steps
    assert bundle.manifest.training["collect"]["randomization"]["payload"] == (1.0, 3.0)


def test_a_stage_is_not_resumed_with_other_settings(finished: Path, tmp_path: Path) -> None:
    other = tmp_path / "settings.yaml"
    quick = (resource_directory("config") / "training" / "quick.yaml").read_text()
    other.write_text(quick.replace("steps: 4\n", "steps: 5\n"))
    with pytest.raises(SettingsError, match="steps was 4, is 5"):
        train(finished, "--config", str(other))


def test_the_exported_graph_computes_what_was_trained(finished: Path) -> None:
    bundle = ModelBundle.load(finished / "model", SETUP)
    network = build_network(quick_prior())
    load_trained(network, finished / "prior" / CHECKPOINT, quick_prior().steps)
    tau = np.random.default_rng(0).standard_normal((7, bundle.horizon, WIDTH)).astype(np.float32)
    estimate = bundle.denoiser.given(bundle.normalization.decode(tau)[:, 0, STATE], 1)
    for k in (1, 5, 10):
        with torch.inference_mode():
            expected = network(torch.from_numpy(tau), torch.full((7,), k))
        clean = bundle.normalization.encode(estimate(bundle.normalization.decode(tau), k))
        np.testing.assert_allclose(network.of(torch.from_numpy(clean)), expected, atol=1e-4)


def test_the_quantities_of_the_bundle_are_those_that_were_trained(finished: Path) -> None:
    bundle = ModelBundle.load(finished / "model", SETUP)
    assert bundle.quantities.keys() == UNITS.keys()
    config = section(QUICK, "rewards", RewardModelConfig)
    networks = build_networks(config, quick_prior())
    load_trained(torch.nn.ModuleDict(networks), finished / "rewards" / "rewards.pt", config.steps)
    tau = np.random.default_rng(0).standard_normal((7, bundle.horizon, WIDTH)).astype(np.float32)
    for name, network in networks.items():
        assert bundle.manifest.quantities[name]["unit"] == UNITS[name]
        assert list(bundle.manifest.quantities[name]["rmse"]) == list(range(bundle.schedule.num_steps))
        with torch.inference_mode():
            expected = network(torch.from_numpy(tau), torch.tensor([3]))
        value, _ = bundle.quantities[name](tau, 3)
        np.testing.assert_allclose(value, expected, rtol=1e-4)


def test_the_odometer_of_the_bundle_is_the_one_that_was_trained(finished: Path) -> None:
    bundle = ModelBundle.load(finished / "model", SETUP)
    assert bundle.manifest.odometer.keys() == {"v_x", "v_x_mean", "v_y", "v_y_mean"}
    observation = np.random.default_rng(0).normal(size=(7, STATE_DIM)).astype(np.float32)
    with torch.inference_mode():
        expected = load_odometer(finished / "odometry" / odometry.CHECKPOINT)(torch.from_numpy(observation))
    assert bundle.odometer is not None
    np.testing.assert_allclose(bundle.odometer(observation), expected, atol=1e-5)


def test_the_demonstrator_in_the_bundle_is_the_one_that_was_trained(finished: Path) -> None:
    rng = np.random.default_rng(0)
    observation = rng.normal(scale=0.5, size=(7, STATE_DIM))
    trained = Demonstrator(finished / "demonstrator" / PLAIN)
    exported = DemonstratorController(finished / "model", ModelBundle.load(finished / "model", SETUP))
    np.testing.assert_allclose(
        exported.targets(0, observation), trained(observation, Style.usual(7)), rtol=0, atol=1e-5
    )


def test_a_second_run_over_the_same_directory_changes_nothing(finished: Path) -> None:
    checkpoints = (f"demonstrator/{PLAIN}", f"demonstrator/{STYLED}", "prior/prior.pt", "rewards/rewards.pt")
    files = [finished / name for name in checkpoints]
    before = [file.read_bytes() for file in files]
    train(finished)
    assert [file.read_bytes() for file in files] == before


def test_the_same_seed_trains_the_same_model(finished: Path, tmp_path: Path) -> None:
    train(tmp_path)
    for name in ("prior/prior.pt", "rewards/rewards.pt"):
        first, second = (torch.load(run / name, weights_only=True)["average"] for run in (finished, tmp_path))
        for key, values in first.items():
            torch.testing.assert_close(values, second[key])


@pytest.mark.parametrize(
    ("stage", "options"), [("prior", "width: 16, encoder_width: 16"), ("rewards", "width: 16, held_out: 4")]
)
def test_a_killed_training_resumes_where_it_was_and_ends_the_same(
    finished: Path, tmp_path: Path, stage: str, options: str
) -> None:
    """Kill -9 in the middle of a stage; the resumed run ends with the undisturbed run's weights."""
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"seed: 1\n{stage}: {{steps: 400, batch_size: 8, checkpoint_every: 10, {options}}}\n")
    ends = []
    for name in ("killed", "undisturbed"):
        run = tmp_path / name
        checkpoint = run / stage / f"{stage}.pt"
        run.mkdir()
        (run / "collect").symlink_to(finished / "collect")
        command = [sys.executable, "-m", "diffusion_mpc_ros", "train", stage, "--run", str(run)]
        command += ["--config", str(settings)]
        if name == "killed":
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            while not checkpoint.exists():
                assert process.poll() is None
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert torch.load(checkpoint, weights_only=True)["step"] < 400
        subprocess.run(command, check=True, capture_output=True)
        ends.append(torch.load(checkpoint, weights_only=True))
    assert ends[0]["step"] == ends[1]["step"] == 400
    for name, values in ends[0]["network"].items():
        torch.testing.assert_close(values, ends[1]["network"][name])


def test_actions_weigh_in_the_loss_as_told() -> None:
    config = PriorConfig(width=8, encoder_width=8, action_weight=4.0)
    weights = prior.DenoisingLoss(config, build_network(config)).weights
    assert weights.mean() == pytest.approx(1.0)
    assert weights.max() / weights.min() == pytest.approx(4.0)
    assert (weights == weights.max()).sum() == 12 * config.horizon
