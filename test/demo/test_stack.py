"""What the demo's processes are started with."""

import os
from pathlib import Path

import pytest

from diffusion_mpc_ros.demo.processes import Processes
from diffusion_mpc_ros.demo.stack import LEADS_ELSEWHERE, Stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(Processes(tmp_path), 3, 4, None, tmp_path / "recording.npz", tmp_path / "ros")


def test_nothing_of_the_callers_environment_leads_off_this_machine(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", {"PATH": "here", "ROS_DOMAIN_ID": "0", **dict.fromkeys(LEADS_ELSEWHERE, "x")})
    environment = stack.environment()
    assert not environment.keys() & set(LEADS_ELSEWHERE)
    assert (environment["PATH"], environment["ROS_DOMAIN_ID"]) == ("here", "4")
    assert environment["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "LOCALHOST"

    stack.isolate()
    assert os.environ == environment
