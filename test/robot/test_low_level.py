import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowState_ as default_low_state
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_, LowState_
from unitree_sdk2py.utils.crc import CRC

from diffusion_mpc_ros.robot.command_frame import damping_frame
from diffusion_mpc_ros.robot.low_level import (
    DAMPING_KD,
    POS_STOP,
    VEL_STOP,
    CommandEncoder,
    decode_command,
    decode_state,
)
from diffusion_mpc_ros.robot.remote import Button, Remote
from diffusion_mpc_ros.robot.spec import KD, KP, LIE_POSE, STAND_POSE
from diffusion_mpc_ros.robot.wire_format import FrameError

MOTOR_FIELDS = ("q", "dq", "tau", "kp", "kd")


def rows(lower: float, upper: float) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float32, 12, elements=st.floats(lower, upper, width=32))


def low_state() -> LowState_:
    """A level robot at rest whose twelve motors all read differently, with a good CRC."""
    message = default_low_state()
    message.tick = 123
    message.imu_state.quaternion = [1.0, 0.0, 0.0, 0.0]
    message.imu_state.gyroscope = [0.5, 1.0, 1.5]
    message.imu_state.accelerometer = [0.0, 0.0, 9.75]
    for i, motor in enumerate(message.motor_state):
        motor.q, motor.dq, motor.tau_est, motor.temperature = i / 4, -i / 2, float(i), 30 + i
    message.bms_state.soc = 77
    message.power_v = 29.5
    message.wireless_remote = list(Remote(Button.A, lx=0.5).encode())
    return seal(message)


def seal(message: LowState_) -> LowState_:
    message.crc = CRC().Crc(message)
    return message


def test_state_fields_land_where_they_belong() -> None:
    state = decode_state(low_state().serialize())

    assert state.tick == 123
    np.testing.assert_array_equal(state.quaternion, [1, 0, 0, 0])
    np.testing.assert_array_equal(state.angular_velocity, [0.5, 1.0, 1.5])
    np.testing.assert_array_equal(state.acceleration, [0, 0, 9.75])
    np.testing.assert_array_equal(state.q, np.arange(12) / 4)
    np.testing.assert_array_equal(state.dq, -np.arange(12) / 2)
    np.testing.assert_array_equal(state.torque, np.arange(12))
    np.testing.assert_array_equal(state.temperature, 30 + np.arange(12))
    assert (state.battery_soc, state.voltage) == (77, 29.5)
    assert state.remote == Remote(Button.A, lx=0.5)


def test_state_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        decode_state(low_state().serialize()).q[0] = 1.0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("where", ["gyroscope", "accelerometer", "quaternion"])
def test_a_state_with_a_value_that_is_not_finite_is_refused(value: float, where: str) -> None:
    message = low_state()
    getattr(message.imu_state, where)[1] = value

    with pytest.raises(FrameError, match="expected finite") as caught:
        decode_state(seal(message).serialize())

    assert caught.value.reason == "non_finite"


def test_an_imu_that_is_not_running_is_refused() -> None:
    message = low_state()
    message.imu_state.quaternion = [0.0, 0.0, 0.0, 0.0]

    with pytest.raises(FrameError, match=r"expected norm 1, got 0\.000"):
        decode_state(seal(message).serialize())


@given(q=rows(-5, 5), kp=rows(0, 200), kd=rows(0, 20))
def test_commands_survive_the_wire(q: np.ndarray, kp: np.ndarray, kd: np.ndarray) -> None:
    data = CommandEncoder().encode(q, kp, kd).data

    command = decode_command(data)

    assert command.enabled.all()
    for values, expected in ((command.q, q), (command.kp, kp), (command.kd, kd)):
        np.testing.assert_array_equal(values, expected)
    for values in (command.dq, command.tau):
        np.testing.assert_array_equal(values, 0)


def test_frame_carries_what_the_robot_insists_on() -> None:
    message = LowCmd_.deserialize(CommandEncoder().encode(STAND_POSE, KP, KD).data)

    assert list(message.head) == [0xFE, 0xEF]
    assert message.level_flag == 0xFF
    assert [motor.mode for motor in message.motor_cmd] == [0x01] * 20
    for motor in message.motor_cmd[12:]:
        assert (motor.q, motor.dq, motor.tau, motor.kp, motor.kd) == (np.float32(POS_STOP), VEL_STOP, 0, 0, 0)
    assert message.crc == CRC().Crc(message)


def test_an_encoder_forgets_its_last_frame() -> None:
    encoder = CommandEncoder()
    encoder.encode(LIE_POSE, 0.0, DAMPING_KD)

    reused = encoder.encode(STAND_POSE, KP, KD)

    assert reused.data == CommandEncoder().encode(STAND_POSE, KP, KD).data
    assert encoder.encode(STAND_POSE, KP, KD) is reused


def test_damping_brakes_and_holds_nothing() -> None:
    command = decode_command(damping_frame().data)

    np.testing.assert_array_equal(command.kp, 0)
    np.testing.assert_array_equal(command.kd, DAMPING_KD)
    np.testing.assert_array_equal(command.tau, 0)
    np.testing.assert_array_equal(command.dq, 0)
    gentle = decode_command(damping_frame(1.5).data)
    np.testing.assert_array_equal(gentle.kd, 1.5)


@given(st.sampled_from(MOTOR_FIELDS), st.integers(0, 19), st.floats(-1e6, 1e6, width=32))
def test_a_command_changed_after_its_crc_is_refused(field: str, slot: int, value: float) -> None:
    message = LowCmd_.deserialize(CommandEncoder().encode(STAND_POSE, KP, KD).data)
    motor = message.motor_cmd[slot]
    if struct.pack("<f", getattr(motor, field)) == struct.pack("<f", value):
        return
    setattr(motor, field, value)

    with pytest.raises(FrameError) as caught:
        decode_command(message.serialize())

    assert caught.value.reason == "crc"


@pytest.mark.parametrize(("field", "value", "reason"), [("head", [0xFE, 0xEE], "head"), ("level_flag", 0x00, "level")])
def test_a_command_that_is_not_for_the_motors_is_refused(field: str, value: object, reason: str) -> None:
    message = LowCmd_.deserialize(CommandEncoder().encode(STAND_POSE, KP, KD).data)
    setattr(message, field, value)
    message.crc = CRC().Crc(message)

    with pytest.raises(FrameError, match="expected") as caught:
        decode_command(message.serialize())

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("q", "kp", "kd", "text"),
    [
        (np.where(np.arange(12) == 4, np.nan, 0.0), KP, KD, "q: expected finite values, got nan for FL_thigh_joint"),
        (STAND_POSE, np.inf, KD, "kp: expected finite"),
        (1e39, KP, KD, "q: expected finite"),  # finite here, infinite in the message's single precision
        (STAND_POSE, KP, -1.0, "kd: expected gains of at least 0, got -1 for FR_hip_joint"),
        (STAND_POSE[:11], KP, KD, r"q: expected one value or 12, got shape \(11,\)"),
    ],
)
def test_targets_that_no_motor_should_see_are_refused(q: np.ndarray | float, kp: float, kd: float, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        CommandEncoder().encode(q, kp, kd)
