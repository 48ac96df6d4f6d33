"""The twelve motors: the torque law that runs inside the robot, evaluated every physics step."""

from enum import Enum

import numpy as np

from diffusion_mpc_ros.robot.low_level import POS_STOP, VEL_STOP, MotorCommand
from diffusion_mpc_ros.robot.spec import KD, KP, LIE_POSE, NUM_JOINTS, TORQUE_LIMIT

SILENCE_NS = 100_000_000
"""Commands older than this, fifty frames, are silence: our choice, for what the firmware does is not documented."""


class Silence(str, Enum):
    """What motors do when commands fall silent. What the firmware does is not documented, so both can be tried."""

    HOLD = "hold"
    """The last command stays in force."""
    OFF = "off"
    """No torque until the next command."""


def motor_torque(command: MotorCommand, q: np.ndarray, dq: np.ndarray) -> np.ndarray:
    """tau + kp (q_des - q) + kd (dq_des - dq), clipped at the torque limits; (12,) N m from (12,) rad and rad/s.

    A target of POS_STOP or VEL_STOP switches its loop off; a motor that is not enabled gives no torque.
    """
    position_error = np.where(command.q >= np.float32(POS_STOP), 0.0, command.q - q)
    velocity_error = np.where(command.dq >= VEL_STOP, 0.0, command.dq - dq)
    torque = command.tau + command.kp * position_error + command.kd * velocity_error
    return np.where(command.enabled, np.clip(torque, -TORQUE_LIMIT, TORQUE_LIMIT), 0.0)


def lying() -> MotorCommand:
    """What sport mode does in the plant: it holds the folded pose."""
    zero = np.zeros(NUM_JOINTS)
    return MotorCommand(
        enabled=np.ones(NUM_JOINTS, dtype=bool),
        q=LIE_POSE,
        dq=zero,
        tau=zero,
        kp=np.full(NUM_JOINTS, KP),
        kd=np.full(NUM_JOINTS, KD),
    )
