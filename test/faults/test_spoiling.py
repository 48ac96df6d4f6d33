"""What the proxy does to messages is what it says."""

import random

import numpy as np
import pytest

from diffusion_mpc_ros.faults.spoiling import COMMAND_KINDS, STATE_KINDS, Spoiler
from diffusion_mpc_ros.robot.low_level import decode_state
from diffusion_mpc_ros.robot.remote import emergency_stop_held
from diffusion_mpc_ros.robot.wire_format import FrameError
from diffusion_mpc_ros.simulation.plant.state_frame import StateFrame


def states(count: int) -> list[bytes]:
    frame = StateFrame()
    frame.quaternion[:] = 1.0, 0.0, 0.0, 0.0
    messages = []
    for tick in range(count):
        frame.tick[0] = 2 * tick
        messages.append(frame.seal())
    return messages


@pytest.fixture
def spoiler() -> Spoiler:
    return Spoiler(STATE_KINDS, random.Random(1))


def passed(spoiler: Spoiler, kind: str, messages: list[bytes]) -> list[bytes]:
    spoiler._kind = kind
    return [data for number, message in enumerate(messages) for _, data in spoiler.spoil(message, 0.002 * number)]


def test_none_off_stuck_and_slow(spoiler: Spoiler) -> None:
    messages = states(300)
    assert passed(spoiler, "none", messages) == messages
    assert passed(spoiler, "off", messages) == []
    assert set(passed(spoiler, "stuck", messages)) == {messages[0]}
    assert len(passed(spoiler, "slow", messages)) == 3


def test_intermittent_comes_and_goes(spoiler: Spoiler) -> None:
    messages = states(300)
    assert passed(spoiler, "intermittent", messages) == messages[75:150] + messages[225:300]


def test_delayed_frames_are_whole(spoiler: Spoiler) -> None:
    (message,) = states(1)
    spoiler._kind = "delayed"
    assert list(spoiler.spoil(message, 0.0)) == [(0.1, message)]


@pytest.mark.parametrize(("kind", "reason"), [("garbage", "crc"), ("wrong", "quaternion"), ("nan", "non_finite")])
def test_what_the_link_must_refuse(spoiler: Spoiler, kind: str, reason: str) -> None:
    for data in passed(spoiler, kind, states(50)):
        with pytest.raises(FrameError) as refused:
            decode_state(data)
        assert refused.value.reason == reason


def test_what_the_link_must_take(spoiler: Spoiler) -> None:
    changed = {kind: decode_state(passed(spoiler, kind, states(1))[0]) for kind in ("fallen", "racing", "hot", "flat")}
    assert changed["fallen"].quaternion[1] == pytest.approx(0.7071, abs=1e-4)
    assert changed["racing"].dq[0] == 60.0
    assert changed["hot"].temperature.max() == 95
    assert changed["flat"].battery_soc == 5
    (pressed,) = passed(spoiler, "press", states(1))
    assert emergency_stop_held(pressed)
    assert np.isfinite(decode_state(pressed).q).all()


def test_every_kind_of_command_frame_is_known() -> None:
    assert set(COMMAND_KINDS) == {"wrong"}
