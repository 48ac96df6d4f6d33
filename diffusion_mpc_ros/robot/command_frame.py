"""LowCmd messages as far as they need no arithmetic: the guardian's process has no numpy."""

from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowCmd_ as default_low_cmd
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_
from unitree_sdk2py.utils.crc import CRC

from diffusion_mpc_ros.robot.dds import Frame, frame_type

HEAD = (0xFE, 0xEF)
LOW_LEVEL = 0xFF
"""``level_flag`` of a frame that commands motors directly."""
MOTOR_OFF, MOTOR_ON = 0x00, 0x01
POS_STOP = 2.146e9
"""The SDK's PosStopF: a position target that switches the position loop off."""
VEL_STOP = 16000.0
"""The SDK's VelStopF: a velocity target that switches the velocity loop off."""
NUM_MOTORS = 12

DAMPING_KD = 3.0
"""Derivative gain of the damping frame, N m s/rad: the robot sinks within about a second instead of dropping."""

GUARDIAN = b"diffusion_mpc_ros guardian"
"""User data that the guardian's writer announces, by which others know its frames."""

CommandFrame = frame_type(LowCmd_)
_crc = CRC()


def blank_command() -> LowCmd_:
    """A message whose motors are on and track nothing; its CRC is yet to be set."""
    message = default_low_cmd()
    message.head = list(HEAD)
    message.level_flag = LOW_LEVEL
    for motor in message.motor_cmd:
        motor.mode, motor.q, motor.dq = MOTOR_ON, POS_STOP, VEL_STOP
    return message


def seal(message: LowCmd_) -> LowCmd_:
    """Set the CRC; returns the same object."""
    message.crc = _crc.Crc(message)
    return message


def damping_frame(kd: float = DAMPING_KD) -> Frame:
    """The frame that brakes every joint by ``kd`` (N m s/rad) and holds none."""
    message = blank_command()
    for motor in message.motor_cmd[:NUM_MOTORS]:
        motor.dq, motor.kd = 0.0, kd
    return CommandFrame(seal(message).serialize())
