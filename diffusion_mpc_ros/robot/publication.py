"""Messages to the robot."""

from typing import Any

from cyclonedds.core import DDSException
from cyclonedds.pub import DataWriter
from cyclonedds.qos import Qos

from diffusion_mpc_ros.robot import dds


class Publication:
    """Writes messages on a topic until ``close``. Needs ``dds.join`` first.

    The SDK's own publisher deletes its topic when it is closed, which the process may not survive: see ``dds.topic``.

    Args:
        topic: the name on the bus, e.g. ``rt/lowcmd``.
        message_type: a type of the SDK, or ``dds.frame_type`` of one.
        qos: what differs from the defaults of DDS.
    """

    def __init__(self, topic: str, message_type: type, qos: Qos | None = None) -> None:
        self._writer: DataWriter[Any] | None = DataWriter(dds.participant(), dds.topic(topic, message_type), qos)

    def write(self, message: object) -> bool:
        """Hand one message to DDS; False if that refused it, or the publication is closed."""
        if self._writer is None:
            return False
        try:
            self._writer.write(message)
        except DDSException:
            return False
        return True

    def close(self) -> None:
        """Write nothing more. May be called again."""
        self._writer = None
