"""The list as a command against the plant, and its single checks on what is wrong."""

import json
import random
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from diffusion_mpc_ros.demo.domains import free_domain_ids
from diffusion_mpc_ros.preflight import computer, planning, robot
from diffusion_mpc_ros.preflight.check import Check, attempt
from diffusion_mpc_ros.robot import spec
from diffusion_mpc_ros.robot.remote import Button, Remote
from diffusion_mpc_ros.robot.state import RobotState

LYING = RobotState(
    tick=1,
    angular_velocity=np.zeros(3),
    quaternion=np.array([1.0, 0.0, 0.0, 0.0]),
    acceleration=np.array([0.0, 0.0, 9.81]),
    q=spec.LIE_POSE,
    dq=np.zeros(12),
    torque=np.zeros(12),
    temperature=np.full(12, 30.0),
    battery_soc=80,
    voltage=29.0,
    remote=Remote(),
)


def test_the_whole_list_against_the_plant() -> None:
    (domain_id,) = free_domain_ids(1, random.Random())
    where = ["--network-interface", "lo", "--domain-id", str(domain_id)]
    plant = subprocess.Popen(
        [sys.executable, "-m", "diffusion_mpc_ros.simulation.plant", *where], stderr=subprocess.DEVNULL
    )
    try:
        command = [sys.executable, "-m", "diffusion_mpc_ros", "preflight", *where, "--timeout", "30", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    finally:
        plant.kill()
        plant.wait()
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert {"interface", "middleware", "cyclonedds", "crc", "model", "plan time", "state", "joints"} <= set(checks)
    assert done.returncode == 1  # there is no guardian
    assert not checks["guardian"]["ok"]
    timed = {"state", "plan time"}  # how fast this machine is today is not tested
    assert [name for name, check in checks.items() if not check["ok"] and name not in timed] == ["guardian"]


def test_no_robot_is_one_line_and_the_rest_is_still_told() -> None:
    command = [sys.executable, "-m", "diffusion_mpc_ros", "preflight", "--network-interface", "no_such_if0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    (wrong,) = [line for line in done.stdout.splitlines() if line.startswith("NOT interface")]
    assert "no interface 'no_such_if0': this machine has" in wrong
    assert "ok  model" in done.stdout


def test_an_interface_without_an_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert computer.interface("lo").ok
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "eth7")])
    assert not computer.interface("lo").ok


@pytest.mark.parametrize(
    ("environment", "ok"),
    [
        ({}, True),
        ({"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"}, False),
        ({"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp", "ROS_DOMAIN_ID": "5"}, True),
        ({"RMW_IMPLEMENTATION": "rmw_fastrtps_cpp", "ROS_DOMAIN_ID": "0"}, True),
    ],
)
def test_the_clash_of_middlewares(environment: dict[str, str], ok: bool) -> None:
    assert computer.middleware(0, environment).ok == ok


def test_joints_in_another_order_are_noticed() -> None:
    assert robot.joints(LYING).ok
    by_kind = LYING.q.reshape(4, 3).T.ravel()  # all hips, all thighs, all calves
    assert not robot.joints(replace(LYING, q=by_kind)).ok


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        (robot.posture, replace(LYING, q=spec.STAND_POSE)),
        (robot.battery, replace(LYING, battery_soc=19)),
        (robot.motors, replace(LYING, temperature=np.full(12, 71.0))),
        (robot.remote, replace(LYING, remote=Remote(Button.A))),
        (robot.remote, replace(LYING, remote=Remote(ly=float("nan")))),
    ],
)
def test_what_is_wrong_with_the_robot(check: object, changed: RobotState) -> None:
    assert callable(check)
    assert check(LYING).ok
    assert not check(changed).ok
    assert check(changed).advice


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    (check,) = planning.checks(f"{tmp_path}/none")
    assert not check.ok


def test_an_error_is_a_finding() -> None:
    def look() -> Check:
        raise OSError("no such\ndevice")

    assert attempt("it", look, "mend it", OSError) == Check("it", False, "no such device", "mend it")
    assert str(Check("it", False, "seen", "mend it")).endswith("seen: mend it")
    assert str(Check("it", True, "seen", "mend it")).endswith("seen")
