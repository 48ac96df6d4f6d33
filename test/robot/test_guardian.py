"""The guardian as a process: what it takes over from whom, over real DDS and its real socket."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowState_ as default_low_state
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_, LowState_
from unitree_sdk2py.utils.crc import CRC

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot import guardian_protocol as protocol
from diffusion_mpc_ros.robot.dds import LinkError
from diffusion_mpc_ros.robot.guardian_client import GuardianClient
from diffusion_mpc_ros.robot.low_level import decode_command
from diffusion_mpc_ros.robot.publication import Publication
from diffusion_mpc_ros.robot.remote import Button, Remote
from diffusion_mpc_ros.robot.subscription import Subscription

GUARDIAN = (sys.executable, "-m", "diffusion_mpc_ros.robot.guardian", "--network-interface", "lo")
FORBIDDEN = ("numpy", "rclpy", "torch", "onnx", "onnxruntime", "mujoco", "yaml")
PATIENCE_S = 20.0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


class Run:
    """A guardian and the frames it wrote."""

    def __init__(self, domain_id: int, log: Path, *options: str) -> None:
        self._log = log
        with log.open("ab") as output:
            command = [*GUARDIAN, "--domain-id", str(domain_id), *options]
            self.process = subprocess.Popen(command, stderr=output)
        self.frames: list[LowCmd_] = []
        dds.join("lo", domain_id)
        self.client = GuardianClient("lo", domain_id)
        self._commands = Subscription("rt/lowcmd", LowCmd_, self.frames.append)
        until(lambda: "ready" in self.said)

    @property
    def said(self) -> str:
        return self._log.read_text()

    def arm(self) -> None:
        """Get the right to command, and use it in a thread until it is lost or given back."""
        self.client.arm()
        threading.Thread(target=self._command, daemon=True).start()

    def _command(self) -> None:
        while self.client.may_command():
            self.client.commanded()
            time.sleep(0.002)

    def damps(self) -> bool:
        """Whether it sends damping now."""
        seen = len(self.frames)
        time.sleep(0.05)
        return len(self.frames) > seen

    def close(self) -> None:
        self.client.release()
        self._commands.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture
def start(domain_id: int, tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start_guardian(*options: str) -> Run:
        runs.append(Run(domain_id, tmp_path / "log", *options))
        return runs[-1]

    yield start_guardian
    for run in runs:
        run.close()


@pytest.fixture
def guardian(start: Callable[..., Run]) -> Run:
    return start("--silence-ms", "500")


def test_needs_neither_ros_nor_arithmetic() -> None:
    blocked = "".join(f"sys.modules['{name}'] = None; " for name in FORBIDDEN)
    script = f"import sys; {blocked}import diffusion_mpc_ros.robot.guardian"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_stays_small() -> None:
    source = Path(protocol.__file__).with_name("guardian.py")
    assert len(source.read_text().splitlines()) <= 260


def test_is_silent_while_all_is_well(guardian: Run) -> None:
    guardian.arm()
    time.sleep(1.0)
    assert guardian.client.may_command()
    assert guardian.client.age_s < 0.5
    assert guardian.frames == []


def test_damps_when_the_executor_falls_silent_and_takes_the_right_away(guardian: Run) -> None:
    guardian.client.arm()
    until(lambda: bool(guardian.frames))
    command = decode_command(guardian.frames[0].serialize())
    assert command.enabled.all()
    assert (command.kp == 0.0).all()
    assert (command.kd == 3.0).all()
    assert (command.dq == 0.0).all()
    assert (command.tau == 0.0).all()
    assert not guardian.client.may_command()
    assert guardian.client.deposed
    assert guardian.damps()
    assert "the executor was silent for" in guardian.said


def test_an_executor_that_was_stopped_loses_the_right_by_its_own_clock(guardian: Run) -> None:
    guardian.client.arm()
    guardian.process.send_signal(signal.SIGSTOP)
    time.sleep(0.6)
    assert not guardian.client.may_command()
    assert guardian.client.deposed
    guardian.process.send_signal(signal.SIGCONT)
    until(lambda: bool(guardian.frames))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_another_process_that_dies_or_hangs(guardian: Run, domain_id: int, number: signal.Signals) -> None:
    script = f"""
import time
from diffusion_mpc_ros.robot.guardian_client import GuardianClient
client = GuardianClient("lo", {domain_id})
client.arm()
print("armed", flush=True)
while client.may_command():
    client.commanded()
    time.sleep(0.002)
print("silent", flush=True)
"""
    executor = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert executor.stdout is not None
        assert executor.stdout.readline() == "armed\n"
        assert not guardian.damps()
        executor.send_signal(number)
        until(lambda: bool(guardian.frames))
        executor.send_signal(signal.SIGCONT)
        if number is signal.SIGSTOP:
            assert executor.wait(PATIENCE_S) == 0
            assert executor.stdout.read() == "silent\n"
    finally:
        executor.kill()
        executor.wait()
        if executor.stdout is not None:
            executor.stdout.close()


def test_the_revocation_is_heard_even_with_beats_unread(guardian: Run) -> None:
    guardian.client.arm()
    for _ in range(5):
        guardian.process.send_signal(signal.SIGSTOP)
        for _ in range(20):  # beats that nobody reads
            assert guardian.client.may_command()
            guardian.client.commanded()
            time.sleep(0.01)
        guardian.frames.clear()  # the last ones before it was armed have arrived by now
        guardian.process.send_signal(signal.SIGCONT)
        until(lambda: bool(guardian.frames))
        assert not guardian.client.may_command()
        assert guardian.client.deposed
        guardian.client.arm()


def test_damping_lasts_until_an_executor_is_armed_again(guardian: Run) -> None:
    guardian.client.arm()
    until(lambda: guardian.client.deposed or not guardian.client.may_command())
    until(lambda: bool(guardian.frames))
    guardian.arm()
    assert not guardian.client.deposed
    until(lambda: not guardian.damps())
    assert guardian.client.may_command()


def test_a_second_executor_is_turned_away(guardian: Run, domain_id: int) -> None:
    guardian.arm()
    other = GuardianClient("lo", domain_id)
    with pytest.raises(LinkError, match="does not answer"):
        other.arm()
    assert guardian.client.may_command()
    other.release()


def test_a_guardian_that_dies_leaves_the_right_where_it_is(guardian: Run) -> None:
    guardian.arm()
    guardian.process.kill()
    guardian.process.wait()  # its connection may close before the socket it listens at
    until(lambda: guardian.client.age_s == float("inf"))
    assert guardian.client.may_command()
    assert not guardian.client.deposed
    assert not guardian.client.connect()


def test_who_has_the_right_is_not_armed_anew_while_the_guardian_hangs(guardian: Run) -> None:
    guardian.arm()
    guardian.client.arm()
    guardian.process.send_signal(signal.SIGSTOP)
    time.sleep(0.1)
    assert guardian.client.age_s > 0.05
    with pytest.raises(LinkError, match="does not answer"):
        guardian.client.arm()
    assert guardian.client.may_command()  # the robot that is held is not let go
    guardian.process.send_signal(signal.SIGCONT)
    guardian.client.arm()


def test_without_a_guardian_there_is_no_right(domain_id: int) -> None:
    with pytest.raises(LinkError, match="no guardian: start it"):
        GuardianClient("lo", domain_id).arm()


@pytest.mark.parametrize(
    ("buttons", "crc_error", "stops"),
    [(Button.L2 | Button.B, 0, True), (Button.L2 | Button.B, 1, False), (Button.L2 | Button.A, 0, False)],
)
def test_the_remote_stops_the_executor(guardian: Run, buttons: Button, crc_error: int, stops: bool) -> None:
    message = default_low_state()
    message.wireless_remote = list(Remote(buttons).encode())
    message.crc = CRC().Crc(message) ^ crc_error
    states = Publication("rt/lowstate", LowState_)
    guardian.arm()
    for _ in range(200):
        states.write(message)
        time.sleep(0.005)
    assert bool(guardian.frames) == stops
    assert guardian.client.may_command() != stops
    if stops:
        with pytest.raises(LinkError, match="release the emergency stop"):
            guardian.client.arm()
    states.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_only_when_nobody_depends_on_it(guardian: Run, number: signal.Signals) -> None:
    guardian.arm()
    guardian.process.send_signal(number)
    time.sleep(0.3)
    assert guardian.process.poll() is None
    guardian.client.release()
    assert guardian.process.wait(PATIENCE_S) == 0
    assert guardian.frames == []


def test_a_signal_while_it_damps_ends_it_once_the_robot_lies(guardian: Run) -> None:
    guardian.client.arm()
    until(lambda: bool(guardian.frames))
    guardian.process.send_signal(signal.SIGTERM)
    assert guardian.process.wait(PATIENCE_S) == 0
    assert len(guardian.frames) > 200


def test_ends_by_itself_when_nobody_comes(start: Callable[..., Run]) -> None:
    assert start("--idle-s", "0.5").process.wait(PATIENCE_S) == 0


def test_one_guardian_a_robot(guardian: Run, start: Callable[..., Run], domain_id: int) -> None:
    second = subprocess.run(
        [*GUARDIAN, "--domain-id", str(domain_id)], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert second.returncode == 1
    assert "another guardian guards this robot" in second.stderr


def test_detached_it_outlives_whoever_started_it(domain_id: int, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "guardian.log"
    command = [*GUARDIAN, "--domain-id", str(domain_id), "--idle-s", "3", "--detach", str(log)]
    for expected in ("runs as process", "runs already"):
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert done.returncode == 0, done.stderr
        assert expected in done.stderr
    client = GuardianClient("lo", domain_id)
    client.arm()
    assert client.may_command()
    client.release()
    until(lambda: "ends" in log.read_text())


def test_rubbish_on_the_socket_is_the_end_of_an_executor(guardian: Run, domain_id: int) -> None:
    generator = random.Random(os.getpid())
    for _ in range(20):
        with protocol.new_socket() as connection:
            connection.connect(protocol.address("lo", domain_id))
            connection.send(protocol.ARM)
            connection.send(generator.randbytes(8))
            until(lambda: len(guardian.frames) > 0)
        guardian.frames.clear()
    assert guardian.process.poll() is None
