"""The oracle agrees with the robot's own checks where they overlap, and sees what they do not."""

import json
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.faults.oracle import LOWER, UPPER, Oracle, Verdict, crc
from diffusion_mpc_ros.robot import spec
from diffusion_mpc_ros.robot.command_frame import blank_command, damping_frame, seal
from diffusion_mpc_ros.robot.low_level import CommandEncoder
from diffusion_mpc_ros.robot.wire_format import LOW_CMD


def frame(**changes: Any) -> bytes:
    """A standing frame; ``changes`` are fields of the first calf's command."""
    message = CommandEncoder().encode(spec.STAND_POSE, spec.KP, spec.KD)
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
    verdict = Verdict(data, None)
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
    assert Verdict(frame(**changes), None).faults == [fault]


def test_a_jump_is_seen() -> None:
    before = Verdict(frame(), None).q
    assert Verdict(frame(q=-1.5 + 0.59), before).faults == []
    assert Verdict(frame(q=-1.5 - 0.61), before).faults == ["step"]


def test_a_jump_that_the_motors_torque_demands_is_not_held_against_the_executor() -> None:
    before = Verdict(frame(), None).q
    pushed = [(q, 0.0) for q in before or []]
    assert Verdict(frame(q=-1.5 - 0.7), before, pushed).faults == ["step"]
    pushed[2] = (-1.5 - 1.9, 0.0)  # within the step it would take 40 N m/rad x 1.3 rad, more than 45.43 N m
    assert Verdict(frame(q=-1.5 - 0.7), before, pushed).faults == []


@given(st.integers(4, 807), st.integers(0, 7))
def test_every_flipped_bit_is_seen(position: int, bit: int) -> None:
    spoilt = bytearray(frame())
    spoilt[position] ^= 1 << bit
    padding = position in (27, *range(808, 812))
    assert Verdict(bytes(spoilt), None).faults != [] or padding


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
    assert all(Verdict(b"\x00\x01\x00\x00" + generator.randbytes(808), None).faults for _ in range(200))
