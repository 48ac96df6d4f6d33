"""Sport mode is taken from a lying robot only, and given back. With the plant: simulation/test_plant_process.py."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from diffusion_mpc_ros.robot.link import Go2Link
from diffusion_mpc_ros.robot.sport_mode import SportMode, SportModeError

ROBOT = Path(__file__).with_name("bare_robot.py")
PATIENCE_S = 20.0
FREE: Any = SimpleNamespace(may_command=lambda: True, commanded=lambda: None, release=lambda: None)
"""The right to command, never taken away."""


@contextlib.contextmanager
def robot(domain_id: int, log: Path, *arguments: str) -> Iterator[Go2Link]:
    """A bare robot, and a link to it."""
    with log.open("wb") as stderr:
        command = [sys.executable, str(ROBOT), str(domain_id), *arguments]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=stderr)
    link = Go2Link(FREE, "lo", domain_id, hang_s=PATIENCE_S)
    try:
        wait_for(log, "bare robot ready")
        link.start(PATIENCE_S)
        yield link
    finally:
        link.close()
        process.kill()
        process.wait()


def wait_for(log: Path, text: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while text not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


def test_a_lying_robot_is_released_and_restored(domain_id: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with robot(domain_id, log, "lying") as link:
        sport_mode = SportMode(pause_s=0.1)
        assert sport_mode.release(link.latest()[0]) == "normal"
        assert sport_mode.active() == ""
        sport_mode.restore()
        assert sport_mode.active() == "normal"


@pytest.mark.parametrize("posture", ["standing", "tilted"])
def test_a_robot_that_does_not_lie_keeps_its_sport_mode(domain_id: int, tmp_path: Path, posture: str) -> None:
    log = tmp_path / "log"
    with robot(domain_id, log, posture) as link:
        sport_mode = SportMode(pause_s=0.1)
        with pytest.raises(SportModeError, match=r"sport mode 'normal' holds the robot up .*: lay it down first"):
            sport_mode.release(link.latest()[0])
        assert sport_mode.active() == "normal"
    assert "released" not in log.read_text()


def test_a_release_that_cannot_be_confirmed_is_taken_back(domain_id: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with robot(domain_id, log, "lying", "--mute") as link:
        sport_mode = SportMode(attempts=2, pause_s=0.1)
        with pytest.raises(SportModeError, match="no usable answer"):
            sport_mode.release(link.latest()[0])
        wait_for(log, "sport mode released")
        assert sport_mode.active() == "normal"
