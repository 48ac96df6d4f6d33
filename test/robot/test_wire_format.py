import pytest
from hypothesis import given
from hypothesis import strategies as st
from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowCmd_ as default_low_cmd
from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowState_ as default_low_state
from unitree_sdk2py.utils.crc import CRC

from diffusion_mpc_ros.robot.wire_format import LOW_CMD, LOW_STATE, FrameError, WireFormat

formats = st.sampled_from([LOW_STATE, LOW_CMD])
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)


def good(wire_format: WireFormat) -> bytes:
    """A message with something in every motor, and its CRC."""
    if wire_format is LOW_STATE:
        message = default_low_state()
        motors = message.motor_state
    else:
        message = default_low_cmd()
        motors = message.motor_cmd
    for i, motor in enumerate(motors):
        motor.mode, motor.q, motor.dq = i, i / 2, -i / 4
    message.crc = CRC().Crc(message)
    return bytes(message.serialize())


@pytest.mark.parametrize("wire_format", [LOW_STATE, LOW_CMD])
def test_a_good_message_passes(wire_format: WireFormat) -> None:
    wire_format.verify(good(wire_format))


@given(mode=st.integers(0, 255), q=floats, tick=st.integers(0, 2**32 - 1), remote=st.binary(min_size=40, max_size=40))
def test_crc_of_a_state_is_the_sdks(mode: int, q: float, tick: int, remote: bytes) -> None:
    message = default_low_state()
    message.motor_state[0].mode, message.motor_state[0].q, message.motor_state[19].q = mode, q, -q
    message.tick, message.wireless_remote = tick, list(remote)

    assert LOW_STATE.crc(message.serialize()) == CRC().Crc(message)


@given(mode=st.integers(0, 255), q=floats, led=st.binary(min_size=12, max_size=12))
def test_crc_of_a_command_is_the_sdks(mode: int, q: float, led: bytes) -> None:
    message = default_low_cmd()
    message.motor_cmd[0].mode, message.motor_cmd[0].q, message.motor_cmd[19].q = mode, q, -q
    message.led = list(led)

    assert LOW_CMD.crc(message.serialize()) == CRC().Crc(message)


@given(wire_format=formats, position=st.integers(4, 10_000), bit=st.integers(0, 7))
def test_no_flipped_bit_passes(wire_format: WireFormat, position: int, bit: int) -> None:
    data = bytearray(good(wire_format))
    position = 4 + position % (len(data) - 4)
    data[position] ^= 1 << bit
    padding = range(wire_format.first_mode + 1, (wire_format.first_mode + 4) // 4 * 4)

    if position in padding:
        wire_format.verify(bytes(data))
    else:
        with pytest.raises(FrameError, match="CRC: expected") as caught:
            wire_format.verify(bytes(data))
        assert caught.value.reason == "crc"


@given(formats, st.binary(max_size=2000))
def test_noise_is_refused_with_a_reason(wire_format: WireFormat, data: bytes) -> None:
    with pytest.raises(FrameError, match="expected"):
        wire_format.verify(data)


def test_a_truncated_message_is_refused() -> None:
    with pytest.raises(FrameError, match="LowState: expected 1180 bytes, got 1176"):
        LOW_STATE.verify(good(LOW_STATE)[:-4])
