"""Receives ``rt/lowcmd`` as the robot does: a frame that fails a check changes nothing."""

import logging
import time
from collections import Counter
from dataclasses import dataclass

from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_

from diffusion_mpc_ros.robot.dds import Frame, frame_type
from diffusion_mpc_ros.robot.low_level import LOW_CMD_TOPIC, MotorCommand, decode_command
from diffusion_mpc_ros.robot.subscription import Subscription
from diffusion_mpc_ros.robot.wire_format import FrameError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class AcceptedCommand:
    """The last good frame and when it arrived (monotonic clock, ns)."""

    received_ns: int
    command: MotorCommand


class CommandInbox:
    """Holds the last accepted command; ``accepted`` and ``dropped`` (by reason) count frames. Needs ``dds.join``."""

    def __init__(self) -> None:
        self.last: AcceptedCommand | None = None
        self.accepted = 0
        self.dropped: Counter[str] = Counter()
        self._decoded: tuple[bytes, MotorCommand] | None = None
        self._commands: Subscription[Frame] | None = None

    def open(self) -> None:
        """Start to receive, in a DDS thread."""
        self._commands = Subscription(LOW_CMD_TOPIC, frame_type(LowCmd_), self.receive)

    def close(self) -> None:
        """Stop to receive."""
        if self._commands is not None:
            self._commands.close()

    def receive(self, frame: Frame) -> None:
        """Check one frame and keep it if it is good."""
        received_ns = time.monotonic_ns()
        try:
            command = self._decode(frame.data)
        except FrameError as error:
            self.dropped[error.reason] += 1
            if self.dropped[error.reason] == 1:
                logger.warning("LowCmd dropped, further ones of this kind are only counted: %s", error)
            return
        self.accepted += 1
        self.last = AcceptedCommand(received_ns, command)

    def _decode(self, data: bytes) -> MotorCommand:
        # Nine frames in ten repeat the one before; the same bytes pass the same checks.
        if self._decoded is None or data != self._decoded[0]:
            self._decoded = data, decode_command(data)
        return self._decoded[1]
