"""The only place that knows the fields of the robot's low-level messages, LowState_ and LowCmd_.

A frame that fails any check is never turned into a value: ``FrameError`` says which check it failed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_, LowState_

from diffusion_mpc_ros.robot.command_frame import (
    DAMPING_KD,
    HEAD,
    LOW_LEVEL,
    MOTOR_OFF,
    MOTOR_ON,
    POS_STOP,
    VEL_STOP,
    CommandFrame,
    blank_command,
    seal,
)
from diffusion_mpc_ros.robot.dds import Frame
from diffusion_mpc_ros.robot.remote import Remote
from diffusion_mpc_ros.robot.spec import JOINT_NAMES, NUM_JOINTS
from diffusion_mpc_ros.robot.state import RobotState
from diffusion_mpc_ros.robot.wire_format import LOW_CMD, LOW_CMD_TOPIC, LOW_STATE, LOW_STATE_TOPIC, FrameError

__all__ = [
    "DAMPING_KD",
    "HEAD",
    "LOW_CMD_TOPIC",
    "LOW_LEVEL",
    "LOW_STATE_TOPIC",
    "MOTOR_OFF",
    "MOTOR_ON",
    "POS_STOP",
    "VEL_STOP",
    "CommandEncoder",
    "MotorCommand",
    "decode_command",
    "decode_state",
]

_QUATERNION_TOLERANCE = 0.05
_FIRST_COMMAND, _COMMAND_STRIDE = 28, 36
"""Where the first motor's target is in a LowCmd on the wire, and how far it is to the next."""
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class MotorCommand:
    """What a LowCmd asks of the twelve motors: tau + kp (q - q_measured) + kd (dq - dq_measured). Arrays are (12,)."""

    enabled: np.ndarray
    q: np.ndarray
    dq: np.ndarray
    tau: np.ndarray
    kp: np.ndarray
    kd: np.ndarray


def decode_state(data: bytes) -> RobotState:
    """Verify a LowState as it came off the wire and convert it.

    Raises:
        FrameError: reason "encoding", "size", "crc", "non_finite" or "quaternion".
    """
    LOW_STATE.verify(data)
    message = LowState_.deserialize(data)
    imu, motors = message.imu_state, message.motor_state[:NUM_JOINTS]
    state = RobotState(
        tick=message.tick,
        angular_velocity=_read_only(imu.gyroscope),
        quaternion=_read_only(imu.quaternion),
        acceleration=_read_only(imu.accelerometer),
        q=_read_only([motor.q for motor in motors]),
        dq=_read_only([motor.dq for motor in motors]),
        torque=_read_only([motor.tau_est for motor in motors]),
        temperature=_read_only([motor.temperature for motor in motors]),
        battery_soc=message.bms_state.soc,
        voltage=message.power_v,
        remote=Remote.decode(message.wireless_remote),
    )
    for name in ("angular_velocity", "quaternion", "acceleration", "q", "dq", "torque"):
        _check_finite(name, getattr(state, name))
    norm = float(np.linalg.norm(state.quaternion))
    if abs(norm - 1.0) > _QUATERNION_TOLERANCE:
        raise FrameError("quaternion", f"LowState quaternion: expected norm 1, got {norm:.3f}")
    return state


def decode_command(data: bytes) -> MotorCommand:
    """Verify a LowCmd as it came off the wire, as strictly as the robot does, and convert it.

    Raises:
        FrameError: reason "encoding", "size", "crc", "head", "level" or "non_finite".
    """
    LOW_CMD.verify(data)
    message = LowCmd_.deserialize(data)
    if tuple(message.head) != HEAD:
        raise FrameError("head", f"LowCmd head: expected {bytes(HEAD).hex()}, got {bytes(message.head).hex()}")
    if message.level_flag != LOW_LEVEL:
        raise FrameError("level", f"LowCmd level_flag: expected {LOW_LEVEL:#04x}, got {message.level_flag:#04x}")
    motors = message.motor_cmd[:NUM_JOINTS]
    command = MotorCommand(
        enabled=np.array([motor.mode == MOTOR_ON for motor in motors]),
        **{name: _read_only([getattr(motor, name) for motor in motors]) for name in ("q", "dq", "tau", "kp", "kd")},
    )
    for name in ("q", "dq", "tau", "kp", "kd"):
        _check_finite(name, getattr(command, name))
    return command


class CommandEncoder:
    """Packs joint targets into LowCmd frames: what never changes is encoded once, the rest is written over it."""

    def __init__(self) -> None:
        self._data = bytearray(seal(blank_command()).serialize())
        # Rows are the motors; columns are q, dq, tau, kp and kd.
        self._motors = np.ndarray((NUM_JOINTS, 5), "<f4", self._data, _FIRST_COMMAND, (_COMMAND_STRIDE, 4))
        self._motors[:] = 0.0
        self._sealed = b""
        self._frame = CommandFrame(b"")

    def encode(self, q: ArrayLike, kp: ArrayLike, kd: ArrayLike) -> Frame:
        """The frame for position targets ``q`` (rad) with gains ``kp`` (N m/rad) and ``kd`` (N m s/rad).

        Each argument is one number or twelve. The velocity target is 0 and no torque is fed forward. The same again
        gives the same frame.

        Raises:
            ValueError: wrong shape, a value that is not finite, or a negative gain.
        """
        q, kp, kd = (_joint_values(name, value) for name, value in (("q", q), ("kp", kp), ("kd", kd)))
        for name, row in (("kp", kp), ("kd", kd)):
            if (row < 0).any():
                raise ValueError(f"{name}: expected gains of at least 0, got {row.min():g} for {_culprit(row < 0)}")
        for column, row in ((0, q), (3, kp), (4, kd)):
            self._motors[:, column] = row
        body = bytes(self._data[:-4])
        if body != self._sealed:  # the CRC takes longer than all the rest
            self._sealed = body
            self._frame = CommandFrame(body + LOW_CMD.crc(self._data).to_bytes(4, "little"))
        return self._frame


def _check_finite(name: str, values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        raise FrameError("non_finite", f"{name}: expected finite values, got {values.tolist()}")


def _joint_values(name: str, value: ArrayLike) -> np.ndarray:
    row = np.asarray(value, dtype=np.float64)
    if row.shape not in ((), (NUM_JOINTS,)):
        raise ValueError(f"{name}: expected one value or {NUM_JOINTS}, got shape {row.shape}")
    sendable = np.abs(row) <= _LARGEST  # false of NaN
    if not sendable.all():
        raise ValueError(f"{name}: expected finite values, got {row[~sendable][0]} for {_culprit(~sendable)}")
    return row


def _culprit(wrong: np.ndarray) -> str:
    return JOINT_NAMES[int(np.argmax(wrong))]


def _read_only(values: ArrayLike) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    array.setflags(write=False)
    return array
