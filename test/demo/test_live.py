"""A walking robot obeys a set call, with the model that is shipped: real processes, real DDS."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from diffusion_mpc_ros.demo.live import CALF_TARGET, CALLS, LEAST_SHARE, REPLAN_PERIOD

PATIENCE_S = 120.0


def test_the_rear_legs_obey_while_the_robot_walks(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "diffusion_mpc_ros", "live", "--json", "--output", str(tmp_path)]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)
    report = json.loads(run.stdout)
    assert report["failures"] == []
    assert run.returncode == 0
    assert report["fell"] is False
    assert list(report["calls"]) == list(CALLS)
    straight, again = report["calls"].values()
    for came in (straight, again):
        assert came["ticks_to_plan"] <= REPLAN_PERIOD
        assert came["share"] >= LEAST_SHARE
    assert straight["calf_before"] < straight["calf_after"] == pytest.approx(CALF_TARGET, abs=0.1)
    assert again["calf_before"] > again["calf_after"]
