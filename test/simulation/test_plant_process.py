"""The plant as a process of its own, met over DDS on ``lo`` by the link and by publications of the SDK's types."""

import contextlib
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_, LowState_, SportModeState_, WirelessController_

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.link import Go2Link
from diffusion_mpc_ros.robot.low_level import CommandEncoder
from diffusion_mpc_ros.robot.posture import is_lying
from diffusion_mpc_ros.robot.publication import Publication
from diffusion_mpc_ros.robot.remote import Button
from diffusion_mpc_ros.robot.spec import KD, KP, LIE_POSE, STAND_POSE
from diffusion_mpc_ros.robot.sport_mode import SportMode
from diffusion_mpc_ros.robot.subscription import Subscription

PLANT = (sys.executable, "-m", "diffusion_mpc_ros.simulation.plant")
PATIENCE_S = 20.0
FREE: Any = SimpleNamespace(may_command=lambda: True, commanded=lambda: None, release=lambda: None)
"""The right to command, never taken away."""


class PlantProcess:
    """A plant, and what it has said so far."""

    def __init__(self, domain_id: int, *options: str) -> None:
        self.process = subprocess.Popen(
            [*PLANT, "--network-interface", "lo", "--domain-id", str(domain_id), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log += line

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        self._reader.join()
        return code


@contextlib.contextmanager
def running(domain_id: int, *options: str) -> Iterator[PlantProcess]:
    plant = PlantProcess(domain_id, *options)
    try:
        until(lambda: "plant ready" in plant.log)
        yield plant
    finally:
        plant.process.kill()
        plant.process.wait()


@contextlib.contextmanager
def linked(domain_id: int) -> Iterator[Go2Link]:
    link = Go2Link(FREE, "lo", domain_id, hang_s=PATIENCE_S)
    try:
        link.start(PATIENCE_S)
        yield link
    finally:
        link.close(damping_s=0)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def let_pass(link: Go2Link, milliseconds: int) -> None:
    """Wait on the robot's clock."""
    end = link.latest()[0].tick + milliseconds
    until(lambda: link.latest()[0].tick >= end)


def torque(link: Go2Link) -> float:
    return float(np.abs(link.latest()[0].torque).max())


def test_one_state_per_physics_step(domain_id: int) -> None:
    dds.join("lo", domain_id)
    ticks: list[int] = []
    with running(domain_id):
        states = Subscription("rt/lowstate", LowState_, lambda message: ticks.append(message.tick))
        until(lambda: len(ticks) >= 500)
        states.close()

    steps = np.diff(ticks[:500])
    assert (steps > 0).all()
    assert (steps % 2 == 0).all()
    assert 998 <= steps.sum() <= 1.05 * 998  # on a busy machine a frame may be lost


def test_commands_act_once_sport_mode_is_released_and_only_then(domain_id: int) -> None:
    with running(domain_id), linked(domain_id) as link:
        sport = SportMode(pause_s=0.1)
        assert sport.active() == "normal"

        link.set_target(STAND_POSE, kp=0.0, kd=0.0)
        let_pass(link, 200)
        assert torque(link) > 0.5  # still holding its lying pose
        np.testing.assert_allclose(link.latest()[0].q, LIE_POSE, atol=0.15)

        assert is_lying(link.latest()[0])
        assert sport.release(link.latest()[0]) == "normal"
        assert sport.active() == ""
        until(lambda: torque(link) == 0)

        link.set_target(STAND_POSE, KP, KD)
        until(lambda: bool(np.abs(link.latest()[0].q - STAND_POSE).max() < 0.3))
        assert not is_lying(link.latest()[0])
        assert link.counters.dropped == {}
        assert link.counters.write_failures == 0

        link.damp()
        until(lambda: bool(np.abs(link.latest()[0].q - STAND_POSE).max() > 0.5))

        sport.restore()
        assert sport.active() == "normal"
        sport.restore()  # nothing left to restore


def test_a_frame_with_a_bad_crc_does_not_act(domain_id: int) -> None:
    with running(domain_id) as plant, linked(domain_id) as link:
        SportMode(pause_s=0.1).release(link.latest()[0])
        commands = Publication("rt/lowcmd", LowCmd_)
        message = LowCmd_.deserialize(CommandEncoder().encode(STAND_POSE, KP, KD).data)
        good = message.crc

        message.crc = good ^ 0x100
        for _ in range(50):  # the plant hears the later ones
            assert commands.write(message)
            let_pass(link, 10)
            assert torque(link) == 0

        message.crc = good
        assert commands.write(message)
        until(lambda: torque(link) > 1)
        commands.close()
        assert plant.stop() == 0

    assert re.search(r"1 accepted, dropped {'crc': \d+}", plant.log), plant.log


@pytest.mark.parametrize(("silence", "acts"), [("hold", True), ("off", False)])
def test_commands_that_fall_silent(domain_id: int, silence: str, acts: bool) -> None:
    with running(domain_id, "--silence", silence), linked(domain_id) as link:
        SportMode(pause_s=0.1).release(link.latest()[0])
        commands = Publication("rt/lowcmd", LowCmd_)
        until(lambda: torque(link) == 0)
        message = LowCmd_.deserialize(CommandEncoder().encode(LIE_POSE, KP, KD).data)
        until(lambda: commands.write(message) and torque(link) > 0)

        let_pass(link, 300)

        assert (torque(link) > 0) is acts
        commands.close()


def test_the_remote_can_be_played(domain_id: int) -> None:
    with running(domain_id), linked(domain_id) as link:
        pad = Publication("rt/wirelesscontroller", WirelessController_)
        stop = Button.L2 | Button.B
        assert not link.latest()[0].remote.holds(stop)

        pressed = WirelessController_(0.5, -0.5, 0.25, 1.0, int(stop))
        until(lambda: pad.write(pressed) and link.latest()[0].remote.holds(stop))
        remote = link.latest()[0].remote
        assert (remote.lx, remote.ly, remote.rx, remote.ry) == (0.5, -0.5, 0.25, 1.0)

        idle = WirelessController_(0.0, 0.0, 0.0, 0.0, 0)
        until(lambda: pad.write(idle) and not link.latest()[0].remote.holds(stop))
        pad.close()


def test_ground_truth_is_told_fifty_times_a_second(domain_id: int) -> None:
    dds.join("lo", domain_id)
    told: list[SportModeState_] = []
    with running(domain_id):
        truth = Subscription("rt/sportmodestate", SportModeState_, told.append)
        until(lambda: len(told) >= 20)
        truth.close()

    times = [message.stamp.sec + message.stamp.nanosec * 1e-9 for message in told[:20]]
    assert np.median(np.diff(times)) == pytest.approx(0.02)
    assert 0.05 < told[-1].position[2] < 0.2  # lying on the ground
    np.testing.assert_allclose(told[-1].velocity, 0, atol=0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_the_recording_is_whole(domain_id: int, number: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "new" / "plant.npz"
    with running(domain_id, "--record", str(path)) as plant, linked(domain_id) as link:
        SportMode(pause_s=0.1).release(link.latest()[0])
        link.set_target(STAND_POSE, KP, KD)
        let_pass(link, 300)
        assert plant.stop(number) == 0

    with np.load(path) as recording:
        rows = len(recording["time"])
        shapes = {name: recording[name].shape for name in recording.files}
        target = recording["target"][-1]
    assert rows >= 15
    assert shapes == {
        "time": (rows,),
        "wall_time": (rows,),
        "qpos": (rows, 19),
        "qvel": (rows, 18),
        "target": (rows, 12),
        "command_time": (rows,),
    }
    np.testing.assert_allclose(target, STAND_POSE, atol=1e-6)
    assert list(path.parent.iterdir()) == [path]


def test_it_ends_by_itself_after_its_duration(domain_id: int) -> None:
    with running(domain_id, "--duration", "0.2") as plant:
        assert plant.process.wait(PATIENCE_S) == 0
        until(lambda: "plant ends: 100 steps" in plant.log)


def test_a_wrong_interface_is_one_clear_line() -> None:
    result = subprocess.run(
        [*PLANT, "--network-interface", "enp99s0"], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )

    assert result.returncode == 1
    assert re.fullmatch(
        r"ERROR plant: unknown network interface 'enp99s0': this machine has .*\blo\b.*\n", result.stderr
    )


def test_without_a_display_the_viewer_says_so(domain_id: int) -> None:
    command = [*PLANT, "--domain-id", str(domain_id), "--viewer", "--duration", "0.1"]
    result = subprocess.run(
        ["env", "-u", "DISPLAY", "-u", "WAYLAND_DISPLAY", *command],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert result.returncode == 0
    assert "no viewer: neither DISPLAY nor WAYLAND_DISPLAY is set" in result.stderr
