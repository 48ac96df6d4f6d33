"""An ``rt/lowstate`` message written in place: cheap enough for one every physics step."""

import numpy as np
from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowState_ as default_low_state
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowState_

from diffusion_mpc_ros.robot.low_level import HEAD, LOW_LEVEL, MOTOR_ON
from diffusion_mpc_ros.robot.remote import REMOTE_BYTES
from diffusion_mpc_ros.robot.spec import NUM_JOINTS
from diffusion_mpc_ros.robot.wire_format import LOW_STATE

MOTOR_TEMPERATURE = 35
"""Of every motor, degrees Celsius; the plant's motors do not warm up."""
BATTERY_SOC = 90
"""Per cent; the plant's battery lasts for ever."""
CELLS, CELL_MILLIVOLT = 8, 3750

# Byte offsets on the wire.
_IMU, _FIRST_MOTOR, _MOTOR_STRIDE = 28, 84, 48
_FOOT_FORCE, _TICK, _REMOTE, _CRC = 1084, 1100, 1104, 1176


class StateFrame:
    """The newest state as views into the message: assign to their elements, then ``seal`` it.

    ``quaternion`` (4: w, x, y, z), ``gyroscope`` (3, rad/s), ``accelerometer`` (3, m/s^2), ``rpy`` (3, rad), ``q``,
    ``dq``, ``ddq``, ``torque`` (12 each, rad, s, N m), ``foot_force`` (4, int16), ``tick`` (1, ms) and ``remote``
    (40 bytes).
    """

    def __init__(self) -> None:
        self._wire = bytearray(_template().serialize())

        def view(dtype: str, offset: int, count: int, stride: int | None = None) -> np.ndarray:
            return np.ndarray((count,), dtype, self._wire, offset, (stride or np.dtype(dtype).itemsize,))

        self.quaternion, self.gyroscope = view("<f4", _IMU, 4), view("<f4", _IMU + 16, 3)
        self.accelerometer, self.rpy = view("<f4", _IMU + 28, 3), view("<f4", _IMU + 40, 3)
        self.q, self.dq, self.ddq, self.torque = (
            view("<f4", _FIRST_MOTOR + 4 * field, NUM_JOINTS, _MOTOR_STRIDE) for field in range(4)
        )
        self.foot_force = view("<i2", _FOOT_FORCE, 4)
        self.tick = view("<u4", _TICK, 1)
        self.remote = view("u1", _REMOTE, REMOTE_BYTES)
        self._crc = view("<u4", _CRC, 1)

    def seal(self) -> bytes:
        """Set the CRC and return the message as it travels."""
        self._crc[0] = LOW_STATE.crc(self._wire)
        return bytes(self._wire)


def _template() -> LowState_:
    """Everything that does not change."""
    message = default_low_state()
    message.head = list(HEAD)
    message.level_flag = LOW_LEVEL
    for motor in message.motor_state[:NUM_JOINTS]:
        motor.mode, motor.temperature = MOTOR_ON, MOTOR_TEMPERATURE
    message.bms_state.soc = BATTERY_SOC
    message.bms_state.cell_vol[:CELLS] = [CELL_MILLIVOLT] * CELLS
    message.power_v = CELLS * CELL_MILLIVOLT * 1e-3
    return message
