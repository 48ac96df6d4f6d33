"""Stands on the wire between the robot and the stack, and spoils what passes.

    python -m diffusion_mpc_ros.faults.proxy ROBOT_DOMAIN STACK_DOMAIN

A line ``state KIND`` or ``command KIND`` on standard input sets the fault of that direction, ``none`` for no fault; the
answer on standard output repeats the line and adds when the first frame was spoilt (monotonic clock, s).
"""

import logging
import random
import sys
import threading
import time
from collections import deque

from cyclonedds.core import Listener
from cyclonedds.domain import Domain, DomainParticipant
from cyclonedds.internal import InvalidSample
from cyclonedds.pub import DataWriter
from cyclonedds.qos import Policy, Qos
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic
from unitree_sdk2py.idl.unitree_api.msg.dds_ import Request_, Response_
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_, LowState_, SportModeState_

from diffusion_mpc_ros.faults.oracle import CONFIG
from diffusion_mpc_ros.faults.spoiling import COMMAND_KINDS, STATE_KINDS, Spoiler
from diffusion_mpc_ros.robot.dds import Frame, frame_type

INTERFACE = "lo"
UP = (
    ("rt/lowstate", LowState_),
    ("rt/sportmodestate", SportModeState_),
    ("rt/api/motion_switcher/response", Response_),
)
DOWN = (("rt/lowcmd", LowCmd_), ("rt/api/motion_switcher/request", Request_))
PERIOD_S = 0.001


class Wire:
    """One topic from one domain to the other. Delayed frames are sent by ``pump``."""

    def __init__(
        self, source: DomainParticipant, target: DomainParticipant, topic: str, kind: type, spoiler: Spoiler | None
    ) -> None:
        self._spoiler = spoiler
        self._waiting: deque[tuple[float, Frame]] = deque()
        raw = frame_type(kind)
        qos = Qos(Policy.History.KeepLast(10), Policy.Reliability.Reliable(0))
        self._writer = DataWriter(target, Topic(target, topic, raw), qos)  # type: ignore[type-var]
        incoming = Topic(source, topic, raw)  # type: ignore[type-var]
        self._reader = DataReader(source, incoming, qos, listener=Listener(on_data_available=self._pass_on))

    def pump(self, now_s: float) -> None:
        """Send what has waited long enough."""
        while self._waiting and self._waiting[0][0] <= now_s:
            self._writer.write(self._waiting.popleft()[1])

    def _pass_on(self, reader: DataReader) -> None:
        for sample in reader.take(10):
            if isinstance(sample, InvalidSample):
                continue
            if self._spoiler is None:
                self._writer.write(sample)
                continue
            for delay_s, data in self._spoiler.spoil(sample.data, time.monotonic()):
                frame = type(sample)(data)
                if delay_s > 0.0:
                    self._waiting.append((time.monotonic() + delay_s, frame))
                else:
                    self._writer.write(frame)


def main(robot_domain: int, stack_domain: int) -> None:
    """Pass on until standard input ends."""
    domains = [Domain(domain, CONFIG.format(INTERFACE)) for domain in (robot_domain, stack_domain)]
    robot, stack = DomainParticipant(robot_domain), DomainParticipant(stack_domain)
    spoilers = {
        "state": Spoiler(STATE_KINDS, random.Random(1)),
        "command": Spoiler(COMMAND_KINDS, random.Random(2)),
    }
    wires = [Wire(robot, stack, topic, kind, spoilers["state"] if kind is LowState_ else None) for topic, kind in UP]
    wires += [Wire(stack, robot, topic, kind, spoilers["command"] if kind is LowCmd_ else None) for topic, kind in DOWN]
    logging.info("proxy ready")
    ended = threading.Event()

    def listen() -> None:
        for line in sys.stdin:
            direction, kind = line.split()
            began_s = spoilers[direction].set(kind)
            print(f"{direction} {kind} {began_s}", flush=True)
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    while not ended.wait(PERIOD_S):
        for wire in wires:
            wire.pump(time.monotonic())
    del domains


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main(int(sys.argv[1]), int(sys.argv[2]))
