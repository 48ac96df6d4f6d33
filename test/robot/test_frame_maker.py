"""Frames as they go out, read back by the project's own codec: each within what the motors can take."""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowState_ as default_low_state
from unitree_sdk2py.utils.crc import CRC

from diffusion_mpc_ros.robot.command_frame import DAMPING_KD
from diffusion_mpc_ros.robot.dds import Frame
from diffusion_mpc_ros.robot.frame_maker import FrameMaker, MotorTarget, release_frame
from diffusion_mpc_ros.robot.low_level import MotorCommand, decode_command
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, KD, KP, LIE_POSE, STAND_POSE, TORQUE_LIMIT

PERIOD_S = 0.002
STEP = 30.0 * PERIOD_S
"""rad: the fastest motor's speed, rounded down, times the period."""
SINGLE = 1e-5
"""What float32 rounds, relative to a torque or an angle."""
STILL = np.zeros(12)

in_range = arrays(np.float64, 12, elements=st.floats(0.0, 1.0)).map(
    lambda share: JOINT_LOWER + share * (JOINT_UPPER - JOINT_LOWER)
)
speeds = arrays(np.float64, 12, elements=st.floats(-40.0, 40.0))


def low_state(q: np.ndarray, dq: np.ndarray, crc_error: int = 0) -> bytes:
    message = default_low_state()
    for motor, position, speed in zip(message.motor_state, q.tolist(), dq.tolist(), strict=False):
        motor.q, motor.dq = position, speed
    message.crc = CRC().Crc(message) ^ crc_error
    return bytes(message.serialize())


@dataclass
class Wire:
    """A maker, and all that the motors were told."""

    maker: FrameMaker
    told: list[MotorCommand] = field(default_factory=list)

    def send(self, command: Frame | MotorTarget, state: bytes) -> MotorCommand:
        self.told.append(decode_command(self.maker.frame(command, state).data))
        self.maker.sent()
        return self.told[-1]


def wire() -> Wire:
    return Wire(FrameMaker(LIE_POSE, STILL, PERIOD_S))


@settings(max_examples=30)
@given(st.lists(st.tuples(in_range, in_range, speeds), min_size=2, max_size=4))
def test_every_frame_is_within_range_step_and_torque(steps: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> None:
    under_test = wire()
    last = None
    for target, q, dq in steps:
        told = under_test.send(MotorTarget(target, KP, KD), low_state(q, dq))
        torque = told.kp * (told.q - q) - told.kd * dq
        assert (np.abs(torque) <= TORQUE_LIMIT * (1.0 + SINGLE)).all()
        assert ((told.q >= JOINT_LOWER - SINGLE) & (told.q <= JOINT_UPPER + SINGLE)).all()
        assert (np.abs(told.q - (q if last is None else last)) <= STEP + SINGLE).all()
        last = told.q


def test_a_target_far_away_takes_several_frames() -> None:
    under_test, state = wire(), low_state(LIE_POSE, STILL)
    for _ in range(40):
        told = under_test.send(MotorTarget(STAND_POSE, KP, KD), state)
    np.testing.assert_allclose(told.q, STAND_POSE, atol=1e-6)
    ways = np.diff([LIE_POSE, *(each.q for each in under_test.told)], axis=0)
    assert np.abs(ways).max() <= STEP + SINGLE
    assert np.count_nonzero(np.abs(ways).max(axis=1)) == int(np.ceil(np.abs(STAND_POSE - LIE_POSE).max() / STEP))


def test_what_holds_nothing_goes_out_as_it_is() -> None:
    under_test, state = wire(), low_state(LIE_POSE, STILL)
    frame = release_frame(DAMPING_KD)
    assert under_test.maker.frame(frame, state) is frame


def test_after_damping_targets_move_from_where_the_joints_are() -> None:
    under_test = wire()
    for _ in range(40):
        under_test.send(MotorTarget(STAND_POSE, KP, KD), low_state(STAND_POSE, STILL))
    under_test.send(release_frame(DAMPING_KD), low_state(LIE_POSE, STILL))
    told = under_test.send(MotorTarget(STAND_POSE, KP, KD), low_state(LIE_POSE, STILL))
    assert np.abs(told.q - LIE_POSE).max() <= STEP + SINGLE


def test_after_a_frame_that_was_withheld_likewise() -> None:
    under_test = wire()
    for _ in range(40):
        under_test.send(MotorTarget(STAND_POSE, KP, KD), low_state(STAND_POSE, STILL))
    under_test.maker.frame(MotorTarget(STAND_POSE, KP, KD), low_state(LIE_POSE, STILL))
    under_test.maker.withheld()
    told = under_test.send(MotorTarget(STAND_POSE, KP, KD), low_state(LIE_POSE, STILL))
    assert np.abs(told.q - LIE_POSE).max() <= STEP + SINGLE


def test_torque_is_judged_by_the_newest_sound_state() -> None:
    under_test = wire()
    standing, pushed = low_state(STAND_POSE, STILL), low_state(STAND_POSE + 1.0, STILL)
    for _ in range(40):
        told = under_test.send(MotorTarget(STAND_POSE, KP, KD), standing)
    np.testing.assert_array_equal(told.kp, KP)
    broken = (low_state(STAND_POSE + 1.0, STILL, crc_error=1), low_state(np.full(12, np.nan), STILL), b"", pushed[:-1])
    for data in broken:
        told = under_test.send(MotorTarget(STAND_POSE, KP, KD), data)
        np.testing.assert_array_equal(told.kp, KP)
    told = under_test.send(MotorTarget(STAND_POSE, KP, KD), pushed)
    np.testing.assert_allclose(told.kp[[0, 1]], 23.7, rtol=1e-6)  # 1 rad away: as many N m as N m/rad
