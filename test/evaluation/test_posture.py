"""`evaluate posture`: its rows by hand and the whole command on the shipped model."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from diffusion_mpc_ros.evaluation import posture
from diffusion_mpc_ros.evaluation.measures import Outcome
from diffusion_mpc_ros.evaluation.posture import Walk, row, target


def walk(calves: list[list[list[float]]], linear: float = 1.0, survival: float = 1.0) -> Walk:
    return Walk(Outcome(survival, {"linear": linear, "angular": 1.0}), np.array(calves), np.zeros((1, 19)))


def test_a_row_has_the_mean_angle_and_its_deviation_over_time() -> None:
    led = [walk([[[-1.0, -2.0]], [[-1.2, -2.0]]], linear=0.9), walk([[[-1.0, -1.0]], [[-1.0, -1.0]]], survival=0.5)]
    reference = [walk([[[0.0, 0.0]]], linear=0.9), walk([[[0.0, 0.0]]], linear=2.0)]
    result = row("negative", led, reference)
    assert result["target_rad"] == target("negative")
    assert result["calf_mean_rad"] == pytest.approx((-1.55 - 1.0) / 2)
    assert result["calf_std_rad"] == pytest.approx((0.1 + 0.0) / 2 / 2)
    assert result["tracking"] == pytest.approx((1.0 + 0.5) / 2)
    assert result["survival"] == 0.75


def test_the_targets_lie_on_either_side_of_the_gait() -> None:
    negative, positive = target("negative"), target("positive")
    assert negative is not None
    assert positive is not None
    assert positive < -1.5 < negative
    assert target("none") is None


def test_the_command_writes_rows_and_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    posture.add_arguments(parser)
    path = tmp_path / "posture.json"
    assert posture.run(parser.parse_args(["--quick", "--envs", "2", "--threads", "1", "--json", str(path)])) == 0
    rows = {row["target"]: row for row in json.loads(path.read_text())["rows"]}
    assert rows["none"]["tracking"] == 1.0
    assert rows["positive"]["calf_mean_rad"] < rows["none"]["calf_mean_rad"] < rows["negative"]["calf_mean_rad"]
    assert path.with_suffix(".png").stat().st_size > 100_000
    assert "Posture" in capsys.readouterr().out
