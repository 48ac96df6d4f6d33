"""`evaluate energy`: its figures by hand and the whole command on the shipped model."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from diffusion_mpc_ros.evaluation import energy
from diffusion_mpc_ros.evaluation.energy import EnergyConfig, Journey, figures, walk
from diffusion_mpc_ros.evaluation.measures import Outcome
from diffusion_mpc_ros.evaluation.trials import Laboratory, Trial
from diffusion_mpc_ros.resources import model_directory


def journey(joules: float, metres: float, linear: float = 1.0, survival: float = 1.0) -> Journey:
    outcome = Outcome(survival, {"linear": linear, "angular": 1.0})
    return Journey(outcome, np.array([0.0, metres]), np.array([0.0, joules]), weight=100.0)


def test_cost_of_transport_is_energy_over_weight_and_distance() -> None:
    assert journey(joules=6000.0, metres=80.0).cost == pytest.approx(0.75)


def test_figures_compare_with_and_without() -> None:
    off = [journey(8000.0, 100.0), journey(12000.0, 100.0, linear=0.8)]
    on = [journey(4500.0, 90.0, linear=0.9), journey(7000.0, 100.0, linear=0.8, survival=0.5)]
    result = figures({"off": off, "on": on})
    assert result["cost_of_transport"] == {"off": pytest.approx(1.0), "on": pytest.approx(0.6)}
    assert result["reduction"] == pytest.approx(0.4)
    assert result["tracking"] == pytest.approx((0.9 + 1.0) / 2)
    assert result["survival"] == 0.75
    assert result["distance_m"] == {"off": 100.0, "on": 95.0}


def test_steps_are_the_time_that_the_distance_takes() -> None:
    assert EnergyConfig(distance=100.0).steps == 8333


def test_a_walk_adds_up_distance_and_energy() -> None:
    laboratory = Laboratory(model_directory("walk"), threads=1)
    trial = Trial({}, envs=2, steps=100, seed=0, command=(0.6, 0.0, 0.0))
    walked = walk(laboratory, trial)
    robot, episode = laboratory.start(trial)
    for _ in episode:
        pass
    # Robots that start at the origin and walk straight on are as far from it as they have walked.
    assert walked.distance[-1] == pytest.approx(np.linalg.norm(robot.qpos[:, :2], axis=1).mean(), rel=0.05)
    assert walked.weight == pytest.approx(15.206 * 9.81, rel=1e-3)
    assert np.all(np.diff(walked.energy) > 0.0)
    assert 0.1 < walked.cost < 5.0


def test_the_command_writes_figures_and_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(energy, "PRESET", "gentle")  # needs no learned quantity
    parser = argparse.ArgumentParser()
    energy.add_arguments(parser)
    path = tmp_path / "energy.json"
    assert energy.run(parser.parse_args(["--quick", "--envs", "2", "--threads", "1", "--json", str(path)])) == 0
    document = json.loads(path.read_text())
    assert set(document["cost_of_transport"]) == {"off", "on"}
    assert document["survival"] == 1.0
    assert path.with_suffix(".png").stat().st_size > 10_000
