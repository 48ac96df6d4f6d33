"""Makes the frames of a command, one by one, each within what the motors can take at its instant."""

import functools
from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.robot.command_frame import damping_frame
from diffusion_mpc_ros.robot.dds import Frame
from diffusion_mpc_ros.robot.joint_reading import JointReading
from diffusion_mpc_ros.robot.low_level import CommandEncoder
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, TORQUE_LIMIT
from diffusion_mpc_ros.safety.frame_envelope import FrameEnvelope, FrameTarget
from diffusion_mpc_ros.safety.hard_limits import MAX_TARGET_SPEED

release_frame = functools.lru_cache(maxsize=8)(damping_frame)
"""A frame that holds no target, encoded once for each of the few gains that there are to damp with."""


@dataclass(frozen=True, eq=False)
class MotorTarget:
    """What every motor is to track: (12,) rad, with gains N m/rad, above 0, and N m s/rad."""

    q: np.ndarray
    kp: float
    kd: float


class FrameMaker:
    """Knows what was sent before and where the joints are.

    Args:
        q, dq: joint positions and velocities at the beginning, (12,), rad and rad/s.
        period_s: time from one frame to the next, s.
    """

    def __init__(self, q: np.ndarray, dq: np.ndarray, period_s: float) -> None:
        self._joints = JointReading(q, dq)
        self._envelope = FrameEnvelope(JOINT_LOWER, JOINT_UPPER, TORQUE_LIMIT, MAX_TARGET_SPEED * period_s)
        self._encoder = CommandEncoder()
        self._made: FrameTarget | None = None

    def frame(self, command: Frame | MotorTarget, low_state: bytes) -> Frame:
        """The next frame of a command, given the newest LowState as it came off the wire."""
        if isinstance(command, Frame):
            self._made = None
            return command
        self._joints.update(low_state)
        self._made = self._envelope.admit(command.q, command.kp, command.kd, self._joints.q, self._joints.dq)
        return self._encoder.encode(self._made.q, self._made.kp, self._made.kd)

    def sent(self) -> None:
        """The newest frame was handed to the motors."""
        self._envelope.sent(self._made)

    def withheld(self) -> None:
        """The newest frame must not be sent: somebody else moves the motors."""
        self._envelope.sent(None)
