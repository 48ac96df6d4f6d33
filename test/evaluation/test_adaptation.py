"""`evaluate adaptation`: its rows by hand, what it keeps, and the whole command on the shipped model."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from diffusion_mpc_ros.evaluation import adaptation
from diffusion_mpc_ros.evaluation.adaptation import AdaptationConfig, Cell, best, cells, row, trials
from diffusion_mpc_ros.evaluation.ledger import Ledger
from diffusion_mpc_ros.evaluation.measures import PENALTIES, REAR_CALF_TARGET, REAR_CALVES, Outcome
from diffusion_mpc_ros.evaluation.objectives import Guidance, ObjectivesError, objectives_file, read_objectives
from diffusion_mpc_ros.evaluation.trials import Laboratory, Trial
from diffusion_mpc_ros.journal import JournalError
from diffusion_mpc_ros.resources import model_directory

GUIDANCE = Guidance({"joint_velocity.weight": 0.1}, {"constraints.joint_velocity.enabled": True})


def outcome(penalty: float, linear: float = 1.0, angular: float = 1.0, survival: float = 1.0) -> Outcome:
    return Outcome(survival, {"joint_velocity": penalty, "linear": linear, "angular": angular})


def run(*options: str) -> int:
    parser = argparse.ArgumentParser()
    adaptation.add_arguments(parser)
    return adaptation.run(parser.parse_args(options))


def test_every_column_of_the_table_is_there_for_every_objective() -> None:
    every = list(cells({"joint_velocity": GUIDANCE, "energy": GUIDANCE}, (1, 10, 100)))
    assert len(every) == len(set(every)) == 2 * 3 * 2 * 2


def test_reward_off_ranks_and_no_planning_plans_nothing() -> None:
    config = AdaptationConfig(seeds=2)

    def parameters(candidates: int, reward: bool, constraint: bool) -> dict[str, object]:
        (trial, reference), other = trials(Cell("joint_velocity", candidates, reward, constraint), GUIDANCE, config)
        assert (trial.seed, reference.seed, other[0].seed) == (0, 0, 1)
        assert reference.parameters == {}
        return dict(trial.parameters)

    assert parameters(1, False, False) == {}
    ranked = {"joint_velocity.weight": 0.1, "sampler.guidance_scale": 0.0, "sampler.candidates": 10}
    assert parameters(10, False, False) == ranked
    assert parameters(10, True, True) == {
        "joint_velocity.weight": 0.1,
        "constraints.joint_velocity.enabled": True,
        "sampler.candidates": 10,
    }


def test_more_candidates_get_fewer_robots_and_a_reference_of_as_many() -> None:
    config = AdaptationConfig(envs=256, batch=6400)
    for candidates, robots in ((1, 256), (10, 256), (100, 64), (10_000, 1)):
        trial, reference = next(trials(Cell("joint_velocity", candidates, True, True), GUIDANCE, config))
        assert (trial.envs, reference.envs) == (robots, robots)


def test_a_row_compares_with_no_planning() -> None:
    pairs = [(outcome(4.0, 0.9, 0.5), outcome(8.0, 1.0, 1.0)), (outcome(6.0, 0.5, 0.9, 0.8), outcome(8.0, 0.5, 1.0))]
    result = row(Cell("joint_velocity", 10, True, False), pairs)
    assert result == {
        "objective": "joint_velocity",
        "candidates": 10,
        "reward": True,
        "constraint": False,
        "penalty": 5.0,
        "tracking": pytest.approx((0.5 + 0.9) / 2),
        "survival": pytest.approx(0.9),
        "no_planning": 8.0,
        "reduction": pytest.approx(0.375),
        "penalty_by_seed": [4.0, 6.0],
    }


def test_the_best_row_is_the_largest_reduction_that_still_walks() -> None:
    def made(objective: str, reduction: float, tracking: float = 1.0, survival: float = 1.0) -> dict[str, object]:
        row = {"objective": objective, "reduction": reduction, "tracking": tracking, "survival": survival}
        return {**row, "envs": 256}

    rows = [made("a", 0.1), made("a", 0.3, 0.97), made("a", 0.9, 0.96), made("a", 0.8, 1.0, 0.98), made("b", 1.0, 0.0)]
    assert best(rows) == [rows[1]]
    assert best([*rows, {**made("a", 0.5), "envs": 8}]) == [rows[1]]


class CountingLaboratory(Laboratory):
    """Counts what is really run."""

    runs = 0

    def outcome(self, trial: Trial) -> Outcome:
        self.runs += 1
        return super().outcome(trial)


@pytest.fixture(scope="module")
def laboratory() -> CountingLaboratory:
    return CountingLaboratory(model_directory("walk"), threads=1)


def test_finished_trials_are_not_run_again(laboratory: CountingLaboratory, tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    trial = Trial({"sampler.candidates": 2}, envs=2, steps=52, seed=3, command=(0.5, 0.0, 0.0))
    laboratory.runs = 0
    first = Ledger(laboratory, path).outcome(trial)
    with path.open("a") as file:
        file.write('{"trial": {"model"')  # a kill in the midst of writing
    again = Ledger(laboratory, path)
    assert trial in again
    assert again.outcome(trial) == first
    assert laboratory.runs == 1
    assert Trial({}, 2, 52, 3) not in again
    assert len(path.read_text().splitlines()) == len(again.revisions) == 1


def test_a_trial_is_known_by_the_model_files_that_it_uses(laboratory: CountingLaboratory) -> None:
    def files(parameters: dict[str, float]) -> set[str]:
        return set(laboratory.description(Trial(parameters, 2, 52, 0))["model"])

    assert files({"joint_velocity.weight": 1.0}) == {"encoder.onnx", "denoiser.onnx"}
    assert files({"energy.weight": 1.0}) == {"encoder.onnx", "denoiser.onnx", "power.onnx"}


def test_a_file_of_something_else_is_refused(laboratory: CountingLaboratory, tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_text('{"rows": []}\n')
    with pytest.raises(JournalError, match=r"trials\.jsonl:1: expected a trial's outcome"):
        Ledger(laboratory, path)


def test_the_same_trial_gives_the_same_outcome(laboratory: CountingLaboratory) -> None:
    trial = Trial({}, envs=3, steps=60, seed=0)
    assert laboratory.outcome(trial) == laboratory.outcome(trial)
    assert laboratory.outcome(trial) != laboratory.outcome(Trial({}, envs=3, steps=60, seed=1))


def test_the_shipped_objectives_are_those_that_are_measured() -> None:
    objectives = read_objectives(objectives_file("adaptation"))
    assert list(objectives) == list(PENALTIES)
    for name, target in REAR_CALF_TARGET.items():
        reward = objectives[name].reward
        assert np.array(reward["posture.target"])[REAR_CALVES].tolist() == [target, target]
        assert np.flatnonzero(reward["posture.mask"]).tolist() == REAR_CALVES.tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- 1", "expected objectives"),
        ("a: {reward: {}}", "expected objectives"),
        ("a: {reward: {}, constraint: {}, more: {}}", "expected objectives"),
        ("a: [", "while parsing"),
    ],
)
def test_a_file_that_holds_no_objectives_is_named(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "objectives.yaml"
    path.write_text(text)
    with pytest.raises(ObjectivesError, match=f"objectives.yaml: .*{expected}"):
        read_objectives(path)


def test_the_command_writes_rows_and_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "adaptation.json"
    options: Sequence[str] = ("--quick", "--objectives", "joint_velocity", "posture_negative", "--threads", "1")
    assert run(*options, "--json", str(path)) == 0
    document = json.loads(path.read_text())
    assert len(document["rows"]) == 2 * 2 * 2 * 2
    for each in document["rows"]:
        assert each["penalty"] > 0.0
        assert {"objective", "candidates", "reward", "constraint", "tracking", "survival", "envs", "steps"} <= set(each)
    unplanned = document["rows"][0]
    assert (unplanned["reduction"], unplanned["tracking"]) == (0.0, 1.0)
    assert path.with_suffix(".png").stat().st_size > 10_000
    assert "posture_negative" in capsys.readouterr().out
