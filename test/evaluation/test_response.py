"""`evaluate response`: its figures by hand, and the command from end to end."""

import json
from pathlib import Path

import numpy as np
import pytest

from diffusion_mpc_ros.cli.main import main
from diffusion_mpc_ros.evaluation.response import SPEED, TIMELINES, TOLERANCE, Response, row
from diffusion_mpc_ros.evaluation.timelines import PAPER
from diffusion_mpc_ros.planning.trajectory import DT


def braking(seconds: float, ticks: int = 150) -> np.ndarray:
    """Speeds of a robot that turns around at constant deceleration."""
    return np.maximum(SPEED - 2 * SPEED * np.arange(ticks) * DT / seconds, -SPEED)


def test_a_jump_counts_as_followed_when_the_mean_stays_close() -> None:
    speed = np.stack([braking(1.0), braking(1.0), braking(9.0)], axis=1)
    figures = row("ours", [Response(speed[:, :1], np.array([True])), Response(speed[:, 1:], np.array([True, False]))])
    assert (figures["robots"], figures["survival"]) == (3, pytest.approx(2 / 3))
    assert figures["turned_s"] == pytest.approx(0.5, abs=1.5 * DT)
    assert figures["followed_s"] == pytest.approx(1.0 - TOLERANCE / (2 * SPEED), abs=1.5 * DT)
    assert figures["speed_after"] == pytest.approx(-SPEED)
    assert len(figures["mean_speed"]) == 150


def test_who_comes_close_and_leaves_again_has_not_followed() -> None:
    speed = braking(1.0)
    speed[-1] = 0.0
    figures = row("ours", [Response(speed[:, None], np.array([True]))])
    assert figures["followed_s"] is None


def test_without_a_cache_nothing_is_cached() -> None:
    assert all(("m=7" in name) == ("cache.steps" in line.parameters) for name, line in TIMELINES.items())
    assert all((line.controller == PAPER) == name.startswith("paper") for name, line in TIMELINES.items())


def test_the_command_turns_robots_around(tmp_path: Path) -> None:
    report = tmp_path / "response.json"
    assert main(["evaluate", "response", "--quick", "--json", str(report)]) == 0
    rows = json.loads(report.read_text())["rows"]
    assert [each["planner"] for each in rows] == list(TIMELINES)
    assert rows[0]["mean_speed"][0] > 0.4
    assert rows[0]["speed_after"] < -0.4
    assert (tmp_path / "response.png").stat().st_size > 10_000
