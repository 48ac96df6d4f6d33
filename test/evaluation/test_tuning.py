"""The search for strengths: what is tried and what is kept."""

from pathlib import Path

import pytest

from diffusion_mpc_ros.evaluation.measures import PENALTIES, Outcome
from diffusion_mpc_ros.evaluation.objectives import Guidance, objectives_file, read_objectives
from diffusion_mpc_ros.evaluation.trials import Trial
from diffusion_mpc_ros.evaluation.tuning import FIRST_SEED, TuningConfig, combinations, search, shown, write_objectives


class Table:
    """A ledger that looks outcomes up by the weight that is tried."""

    def __init__(self, outcomes: dict[float, tuple[float, float, float]]) -> None:
        self._outcomes = {0.0: (10.0, 1.0, 1.0), **outcomes}
        self.seeds: set[int] = set()

    def outcome(self, trial: Trial) -> Outcome:
        self.seeds.add(trial.seed)
        penalty, tracking, survival = self._outcomes[trial.parameters.get("energy.weight", 0.0)]
        return Outcome(survival, {"energy": penalty, "linear": tracking, "angular": tracking})


def test_every_combination_is_tried_once() -> None:
    choices = Guidance({"a": [1, 2], "b": [[3, 4]]}, {"c": [5, 6, 7]})
    tried = list(combinations(choices))
    assert len(tried) == 6
    assert tried[0] == Guidance({"a": 1, "b": [3, 4]}, {"c": 5})


def test_the_largest_reduction_that_keeps_tracking_and_survival_comes_first() -> None:
    table = Table(
        {
            1.0: (8.0, 1.0, 1.0),
            2.0: (5.0, 0.98, 1.0),
            3.0: (1.0, 0.971, 1.0),
            4.0: (2.0, 1.0, 0.98),
            5.0: (float("nan"), float("nan"), 0.0),
        }
    )
    texts: list[str] = []
    choices = Guidance({"energy.weight": [5.0, 1.0, 2.0, 3.0, 4.0]}, {})
    found = search(table, "energy", choices, TuningConfig(seeds=2), texts.append)  # type: ignore[arg-type]
    assert [each.guidance.reward["energy.weight"] for each in found] == [2.0, 1.0, 3.0, 4.0, 5.0]
    assert [each.admissible for each in found] == [True, True, False, False, False]
    assert found[0].reduction == pytest.approx(0.5)
    assert table.seeds == {FIRST_SEED, FIRST_SEED + 1}
    assert len(texts) == 5


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    objectives = {
        "energy": Guidance({"energy.weight": 1.5, "posture.mask": [True, False]}, {"constraints.a.enabled": True})
    }
    path = tmp_path / "adaptation.yaml"
    write_objectives(path, objectives)
    assert read_objectives(path) == objectives


def test_of_a_list_only_what_differs_is_shown() -> None:
    assert shown([1, 2, 3, 2], [[1, 2, 3, 2], [1, 5, 3, 5], [0, 2, 3, 2]]) == "1 2"
    assert shown(0.5, [0.5, 1.0]) == "0.5"


def test_there_are_choices_for_every_objective() -> None:
    choices = read_objectives(objectives_file("tuning"))
    assert list(choices) == list(PENALTIES)
    for guidance in choices.values():
        for values in (*guidance.reward.values(), *guidance.constraint.values()):
            assert isinstance(values, list)
            assert values
