"""The oracle agrees with the robot's own checks where they overlap, and sees what they do not."""

import json
import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowState_ as default_low_state
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_

from diffusion_mpc_ros.faults.oracle import LOWER, UPPER, Oracle, RawState, Verdict, crc
from diffusion_mpc_ros.robot import spec
from diffusion_mpc_ros.robot.command_frame import blank_command, damping_frame, seal
from diffusion_mpc_ros.robot.low_level import CommandEncoder
from diffusion_mpc_ros.robot.wire_format import LOW_CMD


def frame(**changes: Any) -> bytes:
    """A standing frame; ``changes`` are fields of the first calf's command."""
    message = LowCmd_.deserialize(CommandEncoder().encode(spec.STAND_POSE, spec.KP, spec.KD).data)
    for name, value in changes.items():
        setattr(message.motor_cmd[2], name, value)
    return bytes(seal(message).serialize())


def test_its_numbers_are_the_robots() -> None:
    np.testing.assert_array_equal(LOWER, spec.JOINT_LOWER)
    np.testing.assert_array_equal(UPPER, spec.JOINT_UPPER)


@given(st.binary(min_size=808, max_size=808))
def test_its_crc_is_the_robots(body: bytes) -> None:
    data = b"\x00\x01\x00\x00" + body
    assert crc(data) == LOW_CMD.crc(data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (frame(), "hold"),
        (damping_frame().data, "damp"),
        (damping_frame(0.0).data, "limp"),
        (bytes(seal(blank_command()).serialize()), "limp"),
    ],
)
def test_tells_what_a_frame_does(data: bytes, kind: str) -> None:
    verdict = Verdict(data)
    assert (verdict.kind, verdict.faults) == (kind, [])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"q": -2.8}, "position"),
        ({"q": float("nan")}, "not finite"),
        ({"kp": 41.0}, "gain"),
        ({"kd": -1.0}, "gain"),
        ({"tau": 0.1}, "torque fed forward"),
    ],
)
def test_tells_what_is_wrong(changes: dict[str, float], fault: str) -> None:
    assert Verdict(frame(**changes)).faults == [fault]


def test_a_jump_from_one_frame_to_the_next_is_seen() -> None:
    before = Verdict(frame())
    assert Verdict(frame(q=-1.5 + 0.059)).step_faults(before, periods=1) == []
    assert Verdict(frame(q=-1.5 - 0.061)).step_faults(before, periods=1) == ["step"]
    assert Verdict(frame(q=-1.5 - 0.061)).step_faults(before, periods=2) == []  # one was missed
    assert Verdict(frame(q=-2.5)).step_faults(Verdict(damping_frame().data), periods=1) == []


def test_a_torque_that_no_motor_can_give_is_seen() -> None:
    here = [(float(q), 0.0) for q in spec.STAND_POSE]
    pushed, racing = list(here), list(here)
    pushed[2] = (-1.5 - 1.2, 0.0)  # 40 N m/rad x 1.2 rad, more than 45.43 N m
    racing[2] = (-1.5, -46.0)
    for states in ([pushed], [racing], [pushed, racing]):
        assert Verdict(frame()).torque_faults(states) == ["torque"]
    for states in ([], [here], [pushed, here]):
        assert Verdict(frame()).torque_faults(states) == []
    assert Verdict(frame(kp=30.0)).torque_faults([pushed]) == []
    assert Verdict(damping_frame().data).torque_faults([racing]) == []


def test_every_frame_is_judged_beside_the_newest_states(capsys: pytest.CaptureFixture[str]) -> None:
    message = default_low_state()
    for motor, q in zip(message.motor_state, spec.STAND_POSE.tolist(), strict=False):
        motor.q = q
    message.motor_state[2].q = -2.7
    reader: Any = SimpleNamespace(take=lambda _: [RawState(bytes(message.serialize()))])
    oracle = Oracle()
    oracle.judge(0.0, 0.0, "executor", frame())
    oracle.read_state(reader)
    oracle.judge(0.002, 0.002, "executor", frame())
    oracle.judge(0.004, 0.004, "executor", frame(q=-1.6))
    told = [json.loads(line)["faults"] for line in capsys.readouterr().out.splitlines()]
    assert told == [[], ["torque"], ["step"]]


@given(st.integers(4, 807), st.integers(0, 7))
def test_every_flipped_bit_is_seen(position: int, bit: int) -> None:
    spoilt = bytearray(frame())
    spoilt[position] ^= 1 << bit
    padding = position in (27, *range(808, 812))
    assert Verdict(bytes(spoilt)).faults != [] or padding


def test_a_gap_while_the_robot_is_held_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    oracle = Oracle()
    for now_s in (0.0, 0.002, 0.004, 0.2):
        oracle.judge(now_s + 50.0, now_s, "executor", frame())
    oracle.judge(55.0, 5.0, "guardian", damping_frame().data)
    oracle.judge(59.0, 9.0, "guardian", damping_frame().data)
    oracle.report()
    *events, report = map(json.loads, capsys.readouterr().out.splitlines())
    told = [(event["who"], event["kind"], len(event["faults"])) for event in events]
    assert told == [
        ("executor", "hold", 0),
        ("executor", "hold", 1),
        ("guardian", "damp", 1),
        ("guardian", "damp", 0),
    ]
    assert report["frames"] == {"executor": 4, "guardian": 2}


def test_random_frames_never_pass_for_good() -> None:
    generator = random.Random(5)
    assert all(Verdict(b"\x00\x01\x00\x00" + generator.randbytes(808)).faults for _ in range(200))
