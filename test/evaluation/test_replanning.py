"""`evaluate replanning`: means by hand, and the command from end to end."""

import json
from pathlib import Path

import pytest

from diffusion_mpc_ros.cli.main import main
from diffusion_mpc_ros.closed_loop.commands import COMMANDS
from diffusion_mpc_ros.evaluation.replanning import CONDITIONS, TIMELINES, summary


def test_a_summary_by_hand() -> None:
    row = {"planner": "ours", "condition": "pushed", "seed": 0}
    (cell,) = summary(
        [
            {**row, "command": [0.5, 0.0, 0.0], "survival": 1.0, "velocity_error": 0.1},
            {**row, "command": [0.5, 0.0, 0.0], "survival": 0.5, "velocity_error": 0.3},
            {**row, "command": [0.0, 0.0, 1.0], "survival": 0.0, "velocity_error": None},
        ]
    )
    assert cell["survival"] == pytest.approx(0.5)
    assert cell["velocity_error"] == {"0.5 0 0": pytest.approx(0.2)}
    assert cell["mean_velocity_error"] == pytest.approx(0.2)


def test_only_pushes_push() -> None:
    assert CONDITIONS["pushed"].axes == ("pushes",)


def test_the_command_leaves_rows_of_everything(tmp_path: Path) -> None:
    report = tmp_path / "replanning.json"
    assert main(["evaluate", "replanning", "--quick", "--json", str(report)]) == 0
    document = json.loads(report.read_text())
    assert len(document["rows"]) == len(CONDITIONS) * len(TIMELINES) * len(COMMANDS)
    assert len(document["summary"]) == len(CONDITIONS) * len(TIMELINES)
    assert all(0.0 <= row["survival"] <= 1.0 for row in document["rows"])
