"""The link with no robot, or a bad one. With a good one: test/simulation/test_plant_process.py."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from unitree_sdk2py.core.channel import ChannelPublisher, ChannelSubscriber
from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowState_ as default_low_state
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_, LowState_
from unitree_sdk2py.utils.crc import CRC

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.link import Go2Link, LinkError
from diffusion_mpc_ros.robot.sport_mode import SportMode, SportModeError

PATIENCE_S = 20.0


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
    publisher = ChannelPublisher("rt/lowstate", LowState_)
    publisher.Init()
    stop = threading.Event()

    def publish() -> None:
        while not stop.wait(0.005):
            publisher.Write(message)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        publisher.Close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def test_corrupt_states_are_counted_and_never_used(domain_id: int) -> None:
    link = Go2Link("lo", domain_id)
    with publishing(low_state(tick=7), domain_id):
        link.start(PATIENCE_S)
    assert link.latest()[0].tick == 7
    assert link.counters.dropped == {}

    with publishing(low_state(tick=8, crc_error=1), domain_id):
        until(lambda: link.latest()[0].tick == 7 and link.counters.dropped.get("crc", 0) > 3)

    state, age_s = link.latest()
    assert state.tick == 7
    assert age_s > 0
    link.close()


def test_a_robot_that_only_sends_garbage_is_no_robot(domain_id: int) -> None:
    with (
        publishing(low_state(tick=8, crc_error=1), domain_id),
        pytest.raises(LinkError, match=r"LowState frames arrived, none valid: \{'crc': \d+\}"),
    ):
        Go2Link("lo", domain_id).start(timeout_s=1.0)


def test_no_robot_says_where_it_listened(domain_id: int) -> None:
    link = Go2Link("lo", domain_id)

    with pytest.raises(LinkError, match=rf"no robot on interface lo: .*DDS domain {domain_id}: check"):
        link.start(timeout_s=0.3)

    with pytest.raises(LinkError, match="the link is closed"):
        link.damp()
    assert link.counters.written == 0


def test_damping_has_the_gain_it_was_given(domain_id: int) -> None:
    link = Go2Link("lo", domain_id, damping_kd=1.5)
    commands: list[LowCmd_] = []
    with publishing(low_state(tick=7), domain_id):
        link.start(PATIENCE_S)
        subscriber = ChannelSubscriber("rt/lowcmd", LowCmd_)
        subscriber.Init(commands.append)
        link.damp()
        until(lambda: bool(commands))
        link.close(damping_s=0)
        subscriber.Close()
    assert {(motor.kp, motor.kd) for motor in commands[-1].motor_cmd[:12]} == {(0.0, 1.5)}


def test_a_link_not_started_says_so(domain_id: int) -> None:
    link = Go2Link("lo", domain_id)

    with pytest.raises(LinkError, match="not started"):
        link.set_target(0.0, 1.0, 1.0)
    with pytest.raises(LinkError, match="call start first"):
        link.latest()
    link.close()


def test_a_robot_without_motion_switcher_is_refused(domain_id: int) -> None:
    dds.join("lo", domain_id)

    with pytest.raises(SportModeError, match="not reachable after 1 attempts"):
        SportMode(attempts=1).active()
