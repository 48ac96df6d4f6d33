"""Notices when somebody else commands the motors."""

import time
from collections import deque

from cyclonedds.core import Listener
from cyclonedds.internal import InvalidSample
from cyclonedds.qos import Policy, Qos
from cyclonedds.sub import DataReader

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.command_frame import GUARDIAN, CommandFrame
from diffusion_mpc_ros.robot.dds import Frame
from diffusion_mpc_ros.robot.wire_format import LOW_CMD_TOPIC

FRAMES = 5
"""So many foreign frames within ``WINDOW_S`` are a second writer: fewer may be the last of a program that ended."""
WINDOW_S = 0.5
READ_AT_ONCE = 10


class CommandWitness:
    """Reads ``rt/lowcmd`` and counts what neither this process nor the guardian wrote. Needs ``dds.join`` first.

    A writer is judged by its frames, not by its presence: the robot's own services announce writers that are silent
    while no sport mode is active.
    """

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=FRAMES)
        self._foreign: dict[int, bool] = {}
        self._listener = Listener(on_data_available=self._read)  # kept: it must outlive its last call
        self._reader = DataReader(
            dds.participant(),
            dds.topic(LOW_CMD_TOPIC, CommandFrame),
            Qos(Policy.IgnoreLocal.Process, Policy.History.KeepLast(READ_AT_ONCE)),
            listener=self._listener,
        )

    @property
    def sees_second_writer(self) -> bool:
        """Whether somebody else commands the motors now."""
        times = list(self._times)
        return len(times) == FRAMES and time.monotonic() - times[0] < WINDOW_S

    def close(self) -> None:
        """Stop to look."""
        self._reader.set_listener(None)

    def _read(self, reader: DataReader | None) -> None:
        if reader is None:  # delivered before the constructor knows its own reader
            return
        for frame in reader.take(READ_AT_ONCE):
            if not isinstance(frame, InvalidSample) and self._is_foreign(reader, frame):
                self._times.append(time.monotonic())

    def _is_foreign(self, reader: DataReader, frame: Frame) -> bool:
        writer = frame.sample_info.publication_handle
        if writer not in self._foreign:
            endpoint = reader.get_matched_publication_data(writer)
            if endpoint is None:  # it ended since
                return True
            data = endpoint.qos[Policy.Userdata]
            self._foreign[writer] = data is None or data.data != GUARDIAN
        return self._foreign[writer]
