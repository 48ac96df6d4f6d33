"""`evaluate height`: its figures by hand, and the command from end to end with a model that knows its height."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diffusion_mpc_ros.cli.main import main
from diffusion_mpc_ros.evaluation import height
from diffusion_mpc_ros.evaluation.height import STRIDE_TICKS, Walk, reached_tick, score, series
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.trajectory import DT


def steps(low_from: float, low: float, end: float, hold: int = 300) -> np.ndarray:
    """Heights of a robot that jumps to ``low`` ``low_from`` s after it was asked to, and to ``end`` when asked."""
    heights = np.full(3 * hold, 0.25)
    heights[hold + round(low_from / DT) : 2 * hold] = low
    heights[2 * hold :] = end
    return heights


def walked(*heights: np.ndarray, fallen: int | None = None) -> Walk:
    height = np.stack(heights, axis=1)
    return Walk(height, np.full_like(height, 0.4), np.arange(len(heights)) != fallen)


def test_the_slowest_robot_counts_and_errors_are_those_of_the_means() -> None:
    bounce = 0.01 * np.sin(2 * np.pi * np.arange(900) / STRIDE_TICKS)
    walk = walked(steps(0.4, 0.19, 0.25) + bounce, steps(1.0, 0.175, 0.24) + bounce)
    result = score(walk)
    # Nearly the whole stride has to be low: one tick at 0.25 m of 25 costs 2.4 mm.
    late = reached_tick(walk.height[300:600], 0.18)
    assert abs(late[0] * DT - 0.4) < 0.08
    assert result["reached_s"] == pytest.approx(late[1] * DT)
    assert result["reached_s"] == pytest.approx(1.0, abs=0.12)
    assert result["steady_error_m"] == pytest.approx((0.01 + 0.005) / 2, abs=1e-4)
    assert result["survival"] == 1.0
    assert result["returned"] == 1.0
    assert result["speed"] == pytest.approx([0.4, 0.4, 0.4])


def test_who_never_arrives_falls_or_stays_low_is_told() -> None:
    heights = (steps(0.4, 0.18, 0.25), steps(0.4, 0.21, 0.25), steps(0.4, 0.18, 0.18))
    result = score(walked(*heights))
    assert result["reached_s"] is None
    assert result["returned"] == pytest.approx(2 / 3)
    fallen = score(walked(*heights, fallen=0))
    assert fallen["survival"] == pytest.approx(2 / 3)
    assert fallen["returned"] == pytest.approx(1 / 3)


def test_the_series_holds_targets_and_quantiles() -> None:
    heights = np.tile(np.linspace(0.2, 0.3, 101), (900, 1))
    summary = series(heights)
    assert {len(values) for values in summary.values()} == {180}
    assert summary["time_s"][:3] == [0.0, 0.1, 0.2]
    assert [summary["target_m"][index] for index in (0, 60, 120)] == list(height.TARGETS)
    assert summary["p05_m"][0] == pytest.approx(0.205)
    assert summary["p95_m"][-1] == pytest.approx(0.295)


def test_a_bundle_without_the_height_is_refused_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    load = ModelBundle.load
    monkeypatch.setattr(ModelBundle, "load", lambda *arguments: replace(load(*arguments), quantities={}))
    assert main(["evaluate", "height", "--quick"]) == 1
    assert capsys.readouterr().err.startswith("diffusion_mpc_ros: evaluate height: quantities expected base_height")


@pytest.mark.usefixtures("model_knows_its_height")
def test_the_command_lowers_walking_robots(tmp_path: Path) -> None:
    report = tmp_path / "height.json"
    assert main(["evaluate", "height", "--quick", "--json", str(report)]) == 0
    figures = json.loads(report.read_text())
    assert {"reached_s", "steady_error_m", "survival", "returned"} <= figures.keys()
    mean = np.array(figures["series"]["mean_m"])
    assert mean[50:60].mean() < mean[20:30].mean() - 0.01
    assert (tmp_path / "height.png").stat().st_size > 10_000
