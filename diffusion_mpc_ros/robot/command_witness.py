"""Notices when somebody else commands the motors."""

import time
from collections import deque

from cyclonedds.core import Listener
from cyclonedds.domain import DomainParticipant
from cyclonedds.internal import InvalidSample
from cyclonedds.qos import Policy, Qos
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic

from diffusion_mpc_ros.robot.command_frame import GUARDIAN, CommandFrame
from diffusion_mpc_ros.robot.wire_format import LOW_CMD_TOPIC

FRAMES = 5
"""So many foreign frames within ``WINDOW_S`` are a second writer: fewer may be the last of a program that ended."""
WINDOW_S = 0.5
READ_AT_ONCE = 10


class CommandWitness:
    """Reads ``rt/lowcmd`` and counts what neither this process nor the guardian wrote. Needs ``dds.join`` first.

    A writer is judged by its frames, not by its presence: the robot's own services announce writers that are silent
    while no sport mode is active.

    Args:
        domain_id: DDS domain of the robot.
    """

    def __init__(self, domain_id: int) -> None:
        self._times: deque[float] = deque(maxlen=FRAMES)
        self._foreign: dict[int, bool] = {}
        self._participant = DomainParticipant(domain_id)
        self._reader = DataReader(
            self._participant,
            Topic(self._participant, LOW_CMD_TOPIC, CommandFrame),  # type: ignore[type-var]
            Qos(Policy.IgnoreLocal.Process, Policy.History.KeepLast(READ_AT_ONCE)),
            listener=Listener(on_data_available=self._read),
        )

    @property
    def sees_second_writer(self) -> bool:
        """Whether somebody else commands the motors now."""
        times = list(self._times)
        return len(times) == FRAMES and time.monotonic() - times[0] < WINDOW_S

    def close(self) -> None:
        """Stop to look."""
        self._reader.set_listener(None)

    def _read(self, reader: DataReader) -> None:
        for sample in reader.take(READ_AT_ONCE):
            if not isinstance(sample, InvalidSample) and self._is_foreign(sample.sample_info.publication_handle):
                self._times.append(time.monotonic())

    def _is_foreign(self, writer: int) -> bool:
        if writer not in self._foreign:
            endpoint = self._reader.get_matched_publication_data(writer)
            if endpoint is None:  # it ended since
                return True
            data = endpoint.qos[Policy.Userdata]
            self._foreign[writer] = data is None or data.data != GUARDIAN
        return self._foreign[writer]
