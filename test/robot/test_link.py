"""The link with no robot, or a bad one. With a good one: test/simulation/test_plant_process.py."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowState_ as default_low_state
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_, LowState_
from unitree_sdk2py.utils.crc import CRC

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.frame_maker import FrameMaker
from diffusion_mpc_ros.robot.link import Go2Link, LinkError
from diffusion_mpc_ros.robot.publication import Publication
from diffusion_mpc_ros.robot.spec import JOINT_UPPER, STAND_POSE
from diffusion_mpc_ros.robot.sport_mode import SportMode, SportModeError
from diffusion_mpc_ros.robot.subscription import Subscription

PATIENCE_S = 20.0
FREE: Any = SimpleNamespace(may_command=lambda: True, commanded=lambda: None, release=lambda: None)
"""The right to command, never taken away."""


def low_state(tick: int, crc_error: int = 0) -> LowState_:
    message = default_low_state()
    message.tick = tick
    message.imu_state.quaternion = [1.0, 0.0, 0.0, 0.0]
    message.crc = CRC().Crc(message) ^ crc_error
    return message


@contextlib.contextmanager
def publishing(message: LowState_, domain_id: int) -> Iterator[None]:
    """Send one message over and over, from a thread."""
    dds.join("lo", domain_id)
    states = Publication("rt/lowstate", LowState_)
    stop = threading.Event()

    def publish() -> None:
        while not stop.wait(0.005):
            states.write(message)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        states.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def test_corrupt_states_are_counted_and_never_used(domain_id: int) -> None:
    link = Go2Link(FREE, "lo", domain_id, hang_s=PATIENCE_S)
    with publishing(low_state(tick=7), domain_id):
        link.start(PATIENCE_S)
    assert link.latest()[0].tick == 7
    assert "crc" not in link.counters.dropped  # a copy of the same state may have come since

    with publishing(low_state(tick=8, crc_error=1), domain_id):
        until(lambda: link.latest()[0].tick == 7 and link.counters.dropped.get("crc", 0) > 3)

    state, age_s = link.latest()
    assert state.tick == 7
    assert age_s > 0
    link.close()


def test_a_robot_that_repeats_itself_grows_old(domain_id: int) -> None:
    link = Go2Link(FREE, "lo", domain_id)
    with publishing(low_state(tick=7), domain_id):
        link.start(PATIENCE_S)
        until(lambda: link.latest()[1] > 0.3)
        assert link.counters.dropped.keys() == {"stuck"}
    with publishing(low_state(tick=9), domain_id):
        until(lambda: link.latest()[0].tick == 9)
    link.close()


def test_a_repeated_state_is_as_old_as_its_first_copy(domain_id: int) -> None:
    link = Go2Link(FREE, "lo", domain_id)
    with publishing(low_state(tick=7), domain_id):
        link.start(PATIENCE_S)
    with publishing(low_state(tick=9), domain_id):
        before = link.counters.received
        until(lambda: link.counters.received > before + 60)  # nobody looks meanwhile, for 0.3 s
        state, age_s = link.latest()
    assert state.tick == 9
    assert age_s > 0.2
    link.close()


def test_a_command_that_is_not_renewed_gives_way_to_damping(domain_id: int) -> None:
    link = Go2Link(FREE, "lo", domain_id, hang_s=0.1)
    gains: list[float] = []
    with publishing(low_state(tick=7), domain_id):
        link.start(PATIENCE_S)
        commands = Subscription("rt/lowcmd", LowCmd_, lambda message: gains.append(message.motor_cmd[0].kp))
        link.set_target(STAND_POSE, 20.0, 1.0)
        until(lambda: link.stalled and len(gains) > 0 and gains[-1] == 0.0)
        assert 20.0 in gains
        link.set_target(STAND_POSE, 20.0, 1.0)
        seen = len(gains)
        until(lambda: len(gains) > seen + 10)
        assert gains[-1] == 0.0
        link.resume()
        link.set_target(STAND_POSE, 20.0, 1.0)
        until(lambda: gains[-1] == 20.0)
        link.close(damping_s=0)
        commands.close()


def test_nothing_is_written_without_the_right(domain_id: int) -> None:
    allowed: list[bool] = []
    right: Any = SimpleNamespace(may_command=lambda: bool(allowed), commanded=lambda: None, release=lambda: None)
    link = Go2Link(right, "lo", domain_id, hang_s=PATIENCE_S)
    with publishing(low_state(tick=7), domain_id):
        link.start(PATIENCE_S)
        link.set_target(STAND_POSE, 20.0, 1.0)
        time.sleep(0.1)
        assert link.counters.written == 0
        allowed.append(True)
        until(lambda: link.counters.written > 5)
        allowed.clear()
        time.sleep(0.05)
        written = link.counters.written
        link.close()
    assert link.counters.written == written


def test_no_target_beyond_the_hard_limits_is_taken(domain_id: int) -> None:
    link = Go2Link(FREE, "lo", domain_id)
    with publishing(low_state(tick=7), domain_id):
        link.start(PATIENCE_S)
        for q, kp, kd in ((JOINT_UPPER + 0.1, 20.0, 1.0), (STAND_POSE, 41.0, 1.0), (STAND_POSE, 20.0, 11.0)):
            with pytest.raises(ValueError, match="expected"):
                link.set_target(q, kp, kd)
        time.sleep(0.05)
    assert link.counters.written == 0
    link.close()


class Unwilling:
    """A publication that refuses its first frames, as DDS does when its buffers are full."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    def write(self, frame: Any) -> bool:
        self.refusals -= 1
        return self.refusals < 0


def test_refused_writes_are_counted_and_not_said_to_the_guardian(domain_id: int) -> None:
    told: list[int] = []
    right: Any = SimpleNamespace(may_command=lambda: True, commanded=lambda: told.append(1), release=lambda: None)
    link = Go2Link(right, "lo", domain_id)
    commands: Any = Unwilling(3)
    frames = FrameMaker(STAND_POSE, np.zeros(12), period_s=0.002)
    for expected in (1, 2, 3, 0):
        link._write(commands, frames)
        assert link.failures_in_row == expected
    assert told == [1]
    assert (link.counters.written, link.counters.write_failures) == (1, 3)


def test_a_robot_that_only_sends_garbage_is_no_robot(domain_id: int) -> None:
    with (
        publishing(low_state(tick=8, crc_error=1), domain_id),
        pytest.raises(LinkError, match=r"LowState frames arrived, none valid: \{'crc': \d+\}"),
    ):
        Go2Link(FREE, "lo", domain_id, hang_s=PATIENCE_S).start(timeout_s=1.0)


def test_no_robot_says_where_it_listened(domain_id: int) -> None:
    link = Go2Link(FREE, "lo", domain_id, hang_s=PATIENCE_S)

    with pytest.raises(LinkError, match=rf"no robot on interface lo: .*DDS domain {domain_id}: check"):
        link.start(timeout_s=0.3)

    with pytest.raises(LinkError, match="the link is closed"):
        link.damp()
    assert link.counters.written == 0


def test_damping_has_the_gain_it_was_given(domain_id: int) -> None:
    link = Go2Link(FREE, "lo", domain_id, damping_kd=1.5)
    commands: list[LowCmd_] = []
    with publishing(low_state(tick=7), domain_id):
        link.start(PATIENCE_S)
        subscription = Subscription("rt/lowcmd", LowCmd_, commands.append)
        link.damp()
        until(lambda: bool(commands))
        link.close(damping_s=0)
        subscription.close()
    assert {(motor.kp, motor.kd) for motor in commands[-1].motor_cmd[:12]} == {(0.0, 1.5)}


def test_a_link_not_started_says_so(domain_id: int) -> None:
    link = Go2Link(FREE, "lo", domain_id, hang_s=PATIENCE_S)

    with pytest.raises(LinkError, match="not started"):
        link.set_target(STAND_POSE, 1.0, 1.0)
    with pytest.raises(LinkError, match="call start first"):
        link.latest()
    link.close()


def test_a_robot_without_motion_switcher_is_refused(domain_id: int) -> None:
    dds.join("lo", domain_id)

    with pytest.raises(SportModeError, match="not reachable after 1 attempts"):
        SportMode(attempts=1).active()
