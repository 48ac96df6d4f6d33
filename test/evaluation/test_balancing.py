"""`evaluate balancing`: its rows by hand, and the command from end to end."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from diffusion_mpc_ros.cli.main import main
from diffusion_mpc_ros.evaluation.balancing import row
from diffusion_mpc_ros.evaluation.strikes import Trials


def seed(fallen: int, stuck: int, missed: int, num: int = 10) -> Trials:
    """Trials whose first robots fell, the next got stuck and the last were missed."""
    steps = 200
    energy, forward = np.full((steps, num), 40.0), np.full((steps, num), 0.5)
    energy[30:, : num - missed] = 2.0
    forward[40:, fallen : fallen + stuck] = 0.0
    alive = np.arange(num) >= fallen
    return Trials(
        np.zeros((steps, num, 21)), forward, energy, alive, np.full(num, 25), np.zeros((num, 3)), np.zeros(num)
    )


def test_a_row_pools_the_seeds() -> None:
    result = row(90, True, [seed(2, 1, 0), seed(0, 0, 1)])
    assert result["release_deg"] == 90
    assert result["planning"] is True
    assert result["trials"] == 20
    assert result["success"] == pytest.approx(16 / 20)
    assert result["seeds"] == pytest.approx([0.7, 0.9])
    assert result["fell"] == pytest.approx(2 / 20)
    assert result["stuck"] == pytest.approx(1 / 20)
    assert result["hit"] == pytest.approx(19 / 20)
    assert result["impact_speed"] == pytest.approx(4.85, abs=0.005)


@pytest.mark.usefixtures("model_knows_its_height")
def test_the_command_writes_rows_and_a_picture(tmp_path: Path) -> None:
    report = tmp_path / "balancing.json"
    assert main(["evaluate", "balancing", "--quick", "--json", str(report)]) == 0
    rows = json.loads(report.read_text())["rows"]
    assert [(row["release_deg"], row["planning"]) for row in rows] == [
        (angle, planning) for angle in (30, 60, 90, 120, 150) for planning in (False, True)
    ]
    for each in rows:
        assert each["hit"] == 1.0
        assert each["success"] <= 1 - each["fell"]
    with Image.open(tmp_path / "balancing.png") as image:
        red, green, blue = np.moveaxis(np.asarray(image.convert("RGB")).astype(int), -1, 0)
    assert ((red > green + 60) & (red > blue + 60)).sum() > 500, "the weight is not in the picture"
