"""Where the joints are, straight from a LowState's bytes: to decode all of it would take a frame's time."""

import numpy as np

from diffusion_mpc_ros.robot.spec import NUM_JOINTS
from diffusion_mpc_ros.robot.wire_format import LOW_STATE, FrameError

_FIRST_MOTOR, _MOTOR_STRIDE = 84, 48
"""Where the first motor's position is in a LowState on the wire, and how far it is to the next."""


class JointReading:
    """Positions and velocities of the newest sound frame.

    Args:
        q, dq: those to begin with, (12,), rad and rad/s.
    """

    def __init__(self, q: np.ndarray, dq: np.ndarray) -> None:
        self.q, self.dq = q, dq
        self._read = b""

    def update(self, data: bytes) -> None:
        """Read a LowState as it came off the wire. One with a wrong CRC or values that are not finite changes nothing:
        whoever decodes it counts it.
        """
        if data is self._read:
            return
        self._read = data
        try:
            LOW_STATE.verify(data)
        except FrameError:
            return
        values = np.ndarray((NUM_JOINTS, 2), "<f4", data, _FIRST_MOTOR, (_MOTOR_STRIDE, 4)).astype(np.float64)
        if np.isfinite(values).all():
            self.q, self.dq = values[:, 0], values[:, 1]
