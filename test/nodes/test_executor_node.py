"""The executor as a process: against the plant, with a planner, and without a robot."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import Twist
from std_srvs.srv import Trigger

from diffusion_mpc_ros.faults.faulty_executor import RAISES
from diffusion_mpc_ros.faults.pipes import OraclePipe
from diffusion_mpc_ros.nodes import interface
from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES
from diffusion_mpc_ros.robot.spec import STAND_POSE

EXECUTOR = "diffusion_mpc_ros.nodes.executor_node"
PLANNER = "diffusion_mpc_ros.nodes.planner_node"
PLANT = "diffusion_mpc_ros.simulation.plant"
GUARDIAN = "diffusion_mpc_ros.robot.guardian"
CONFIG = Path(__file__).parents[2] / "config"
BARE_ROBOT = Path(__file__).parents[1] / "robot" / "bare_robot.py"
# A busy machine may hold up plant and planner; what is tested here is not how fast they are.
PATIENT = {
    "late_state_age_s": "1.0",
    "max_state_age_s": "1.0",
    "guardian_age_s": "1.0",
    "max_missed_ticks": "50",
    "grace_ticks": "50",
    "first_plan_ticks": "500",
    "max_age_ticks": "50",
    "hang_s": "2.0",
}
OVERDUE_S = 0.13
"""Four ticks to the next request, one to its plan; the plan in hand lasts for more than twice as long."""
QUICK = {"fold_s": "0.5", "rise_s": "1.0", "settle_s": "0.3", "sit_s": "1.0"}


def arguments(interface_name: str, domain_id: int, **values: str) -> list[str]:
    settings = {"network_interface": interface_name, "domain_id": str(domain_id), **PATIENT, **QUICK, **values}
    pairs = [item for name, value in settings.items() for item in ("-p", f"{name}:={value}")]
    return ["--ros-args", "--params-file", str(CONFIG / "executor.yaml"), *pairs]


@pytest.fixture
def plant(start: Callable[..., Any], domains: tuple[int, int]) -> Any:
    plant = start(PLANT, "--network-interface", "lo", "--domain-id", str(domains[1]))
    plant.wait_for("plant ready")
    return plant


@pytest.fixture
def guardian(start: Callable[..., Any], domains: tuple[int, int]) -> Any:
    guardian = start(GUARDIAN, "--network-interface", "lo", "--domain-id", str(domains[1]), "--silence-ms", "1000")
    guardian.wait_for("ready")
    return guardian


def call(client: Any, service: str) -> tuple[bool, str]:
    response = client.call(Trigger, f"executor/{service}", Trigger.Request())
    return response.success, response.message


def test_stands_walks_and_sits_by_services(
    plant: Any, guardian: Any, start: Callable[..., Any], client: Any, bundle: Path, domains: tuple[int, int]
) -> None:
    planner = start(PLANNER, "--ros-args", "--params-file", str(CONFIG / "planner.yaml"), "-p", f"model:={bundle}")
    executor = start(EXECUTOR, *arguments("lo", domains[1]))
    modes = client.listen(interface.MODE)
    joint_states, targets = client.listen(interface.JOINT_STATES), client.listen(interface.JOINT_TARGETS)
    imu, battery = client.listen(interface.IMU), client.listen(interface.BATTERY)
    chunks, reports = client.listen(interface.PLAN_CHUNK), client.listen(interface.DIAGNOSTICS)

    def mode() -> str | None:
        return modes[-1].data if modes else None

    client.until(lambda: mode() == "passive")
    success, reason = call(client, "walk")
    assert not success
    assert "stand first" in reason

    assert call(client, "stand")[0]
    client.until(lambda: mode() == "standing")
    assert "sport mode released" in plant.output
    client.until(lambda: np.abs(np.array(joint_states[-1].position) - STAND_POSE).max() < 0.3)
    assert tuple(targets[-1].name) == JOINT_NAMES
    client.until(lambda: np.allclose(targets[-1].position, STAND_POSE))
    assert imu[-1].orientation.w > 0.9
    client.until(lambda: battery)

    planner.wait_for("ready")
    spoilt = Twist()
    spoilt.linear.x = np.nan
    interface.publisher(client.node, interface.CMD_VEL).publish(spoilt)
    assert call(client, "walk")[0]
    client.until(lambda: mode() == "walking" and len(chunks) > 5)

    planner.process.kill()
    client.until(lambda: mode() == "standing")
    executor.wait_for("no plan for")

    assert call(client, "sit")[0]
    client.until(lambda: mode() == "passive")
    keys = {pair.key for status in reports[-1].status for pair in status.values if "executor" in status.name}
    assert {"control_rate_hz", "missed_ticks", "late_chunks", "observation_to_action_p99_ms"} <= keys
    assert executor.end(signal.SIGINT) == 0
    assert "Traceback" not in executor.output


def test_a_walk_can_be_stopped_while_a_plan_is_overdue(
    plant: Any, guardian: Any, start: Callable[..., Any], client: Any, bundle: Path, domains: tuple[int, int]
) -> None:
    planner = start(PLANNER, "--ros-args", "--params-file", str(CONFIG / "planner.yaml"), "-p", f"model:={bundle}")
    start(EXECUTOR, *arguments("lo", domains[1]))
    modes, chunks = client.listen(interface.MODE), client.listen(interface.PLAN_CHUNK)
    planner.wait_for("ready")
    client.until(lambda: modes)
    assert call(client, "stand")[0]
    client.until(lambda: modes[-1].data == "standing")
    assert call(client, "walk")[0]
    client.until(lambda: modes[-1].data == "walking" and len(chunks) > 5)

    planner.process.send_signal(signal.SIGSTOP)
    time.sleep(OVERDUE_S)
    accepted, reason = call(client, "stand")
    planner.process.send_signal(signal.SIGCONT)
    assert accepted or "it stands already" in reason, reason
    client.until(lambda: modes[-1].data == "standing")


def test_an_interrupt_sits_the_robot_down_and_gives_it_back(
    plant: Any, guardian: Any, start: Callable[..., Any], client: Any, domains: tuple[int, int]
) -> None:
    executor = start(EXECUTOR, *arguments("lo", domains[1]))
    modes = client.listen(interface.MODE)
    client.until(lambda: modes)
    assert call(client, "stand")[0]
    client.until(lambda: modes[-1].data == "standing")
    executor.process.send_signal(signal.SIGINT)
    executor.wait_for("sitting")
    executor.process.send_signal(signal.SIGINT)
    assert executor.end(signal.SIGTERM) == 0
    assert "passive: seated" in executor.output
    plant.wait_for("active: low-level commands are ignored")


def test_a_robot_that_falls_silent_is_damped_and_not_waited_for(
    plant: Any, guardian: Any, start: Callable[..., Any], client: Any, domains: tuple[int, int]
) -> None:
    executor = start(EXECUTOR, *arguments("lo", domains[1]))
    modes = client.listen(interface.MODE)
    client.until(lambda: modes)
    assert call(client, "stand")[0]
    client.until(lambda: modes[-1].data == "standing")
    plant.process.kill()
    client.until(lambda: modes[-1].data == "damping")
    assert executor.end(signal.SIGTERM) == 0
    assert "no new robot state for" in executor.output
    assert "fallen silent" in executor.output


def test_a_robot_that_ends_together_with_the_executor_is_not_waited_for(
    plant: Any, guardian: Any, start: Callable[..., Any], client: Any, domains: tuple[int, int]
) -> None:
    executor = start(EXECUTOR, *arguments("lo", domains[1]))
    modes = client.listen(interface.MODE)
    client.until(lambda: modes)
    plant.process.kill()
    assert executor.end(signal.SIGINT) == 0
    assert "fallen silent" in executor.output


def test_an_exception_in_the_control_loop_damps_and_ends(
    plant: Any, guardian: Any, start: Callable[..., Any], client: Any, domains: tuple[int, int], tmp_path: Path
) -> None:
    oracle = OraclePipe("diffusion_mpc_ros.faults.oracle", ["lo", str(domains[1])], tmp_path / "oracle.log", os.environ)
    try:
        executor = start("diffusion_mpc_ros.faults.faulty_executor", *arguments("lo", domains[1]))
        modes = client.listen(interface.MODE)
        client.until(lambda: modes)
        since = oracle.mark()
        assert call(client, "stand")[0]
        client.until(lambda: modes[-1].data == "standing")
        assert executor.end(RAISES) != 0
        assert oracle.first("hold", since) is not None
        damped = oracle.first("damp", since)
        assert damped is not None
        assert damped["who"] != "guardian"
        assert damped["faults"] == []
    finally:
        oracle.close()
    assert "broken on purpose" in executor.output


def test_a_clock_that_stands_still_keeps_nothing_from_being_looked_at(
    plant: Any, start: Callable[..., Any], client: Any, domains: tuple[int, int]
) -> None:
    start(EXECUTOR, *arguments("lo", domains[1], use_sim_time="true"))
    reports = client.listen(interface.DIAGNOSTICS)
    client.until(lambda: len(reports) > 2)


def test_without_a_guardian_the_robot_is_not_armed(
    plant: Any, start: Callable[..., Any], client: Any, domains: tuple[int, int]
) -> None:
    start(EXECUTOR, *arguments("lo", domains[1]))
    modes = client.listen(interface.MODE)
    client.until(lambda: modes)
    accepted, reason = call(client, "stand")
    assert not accepted
    assert "no guardian: start it" in reason


def bare_robot(domain_id: int, posture: str, log: Path) -> subprocess.Popen[bytes]:
    """A robot without physics; it takes further postures on its stdin."""
    with log.open("wb") as stderr:
        command = [sys.executable, str(BARE_ROBOT), str(domain_id), posture]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=stderr)


def test_a_robot_that_stands_by_its_sport_mode_is_refused(
    start: Callable[..., Any], domains: tuple[int, int], tmp_path: Path
) -> None:
    robot = bare_robot(domains[1], "standing", tmp_path / "robot.log")
    try:
        line = refusal(start, *arguments("lo", domains[1], robot_timeout_s="30.0"))
    finally:
        robot.kill()
        robot.communicate()
    assert "sport mode 'normal' holds the robot up" in line
    assert "lay it down first" in line
    assert "released" not in (tmp_path / "robot.log").read_text()


def test_a_robot_on_its_side_does_not_get_its_sport_mode_back(
    start: Callable[..., Any], client: Any, domains: tuple[int, int], tmp_path: Path
) -> None:
    robot = bare_robot(domains[1], "lying", tmp_path / "robot.log")
    try:
        executor = start(EXECUTOR, *arguments("lo", domains[1], robot_timeout_s="30.0"))
        imu = client.listen(interface.IMU)
        client.until(lambda: imu)
        assert robot.stdin is not None
        robot.stdin.write(b"tilted\n")
        robot.stdin.flush()
        client.until(lambda: imu[-1].orientation.x > 0.5)
        assert executor.end(signal.SIGINT) == 0
    finally:
        robot.kill()
        robot.communicate()
    assert "tilted by 90 degrees: its sport mode" in executor.output
    assert "active" not in (tmp_path / "robot.log").read_text()


def refusal(start: Callable[..., Any], *command: str) -> str:
    executor = start(EXECUTOR, *command)
    assert executor.process.wait(30) != 0
    (line,) = executor.output.splitlines()
    return str(line)


def test_a_wrong_interface_is_one_clear_line(start: Callable[..., Any], domains: tuple[int, int]) -> None:
    line = refusal(start, *arguments("no_such_if0", domains[1]))
    assert line.startswith("executor: error: unknown network interface 'no_such_if0': this machine has ")
    assert "lo" in line


def test_no_robot_is_one_clear_line(start: Callable[..., Any], domains: tuple[int, int]) -> None:
    line = refusal(start, *arguments("lo", domains[1], robot_timeout_s="0.5"))
    assert line.startswith("executor: error: no robot on interface lo")
    assert "within 0.5 s" in line


def test_no_interface_is_one_clear_line(start: Callable[..., Any]) -> None:
    assert "network_interface: expected a value, got none" in refusal(start)


def test_contradicting_limits_are_one_clear_line(start: Callable[..., Any], domains: tuple[int, int]) -> None:
    line = refusal(start, *arguments("lo", domains[1], tilt_limit_deg="120.0"))
    assert "tilt_limit_deg" in line
