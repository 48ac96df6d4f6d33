"""`evaluate finetuning`: every condition is what it says, and the figures are means over seeds."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from diffusion_mpc_ros.evaluation import finetuning
from diffusion_mpc_ros.evaluation.finetuning import CONDITIONS, ModelsError, summary
from diffusion_mpc_ros.simulation.randomization import AXES, REAL, TABLE_I


def evaluate(*options: str) -> None:
    parser = argparse.ArgumentParser()
    finetuning.add_arguments(parser)
    assert finetuning.run(parser.parse_args(["--quick", *options])) == 0


def test_every_axis_is_a_condition_of_its_own() -> None:
    assert CONDITIONS["table_i"].randomization == TABLE_I
    alone = {name: condition.randomization.axes for name, condition in CONDITIONS.items() if name in AXES}
    assert alone == {axis: (axis,) for axis in REAL.axes if axis not in ("terrain", "slope")}
    assert CONDITIONS["rough_4cm"].randomization.roughness == (0.04, 0.04)
    assert CONDITIONS["slope_up"].randomization.slope_x[0] == pytest.approx(np.deg2rad(15))
    assert CONDITIONS["slope_down_adaptive"].randomization == CONDITIONS["slope_down"].randomization


def test_a_summary_by_hand() -> None:
    row = {"model": "a", "condition": "nominal", "speed": 0.5}
    cells = summary(
        [
            {**row, "seed": 0, "survival": 1.0, "velocity_error": 0.2},
            {**row, "seed": 1, "survival": 0.5, "velocity_error": 0.4},
            {**row, "seed": 0, "model": "b", "survival": 0.0, "velocity_error": None},
        ]
    )
    assert cells[0] == pytest.approx(
        {**row, "survival": 0.75, "survival_spread": 0.5, "velocity_error": 0.3, "velocity_error_spread": 0.2}
    )
    assert cells[1]["velocity_error"] is None


def test_the_command_leaves_rows_and_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "finetuning.json"
    evaluate("--conditions", "nominal", "slope_up_adaptive", "--steps", "30", "--json", str(path))
    rows = json.loads(path.read_text())["rows"]
    assert len(rows) == 2 * 3
    assert rows[0].keys() == {"model", "condition", "speed", "seed", "survival", "velocity_error"}
    assert path.with_suffix(".png").stat().st_size > 10_000


def test_walks_that_were_done_are_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "finetuning.json"
    options = ("--conditions", "nominal", "--steps", "30", "--json", str(path))
    evaluate(*options)
    before = json.loads(path.read_text())["rows"]
    monkeypatch.delattr(finetuning, "walk")
    evaluate(*options)
    assert json.loads(path.read_text())["rows"] == before
    with pytest.raises(NameError, match="walk"):
        evaluate(*options, "--seeds", "2")


def test_models_of_one_name_are_refused() -> None:
    with pytest.raises(ModelsError, match="expected bundles of different names, got walk twice"):
        evaluate("--models", "walk", "walk")
