"""The guardian: a process of its own that damps the motors when the executor cannot, or the remote says so.

It needs neither ROS nor numpy, starts before the executor and outlives it: SIGINT and SIGTERM end it only when nobody
depends on it. Whoever commands the motors holds a connection to it and says so a hundred times a second. When that
stops (killed, hung, crashed), or when L2+B is pressed on the remote, the guardian closes the connection, which takes
the right to command away, and sends damping at 500 Hz until an executor is armed again.
"""

import argparse
import logging
import math
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from cyclonedds.qos import Policy, Qos
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowState_

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot import guardian_protocol as protocol
from diffusion_mpc_ros.robot.command_frame import GUARDIAN, CommandFrame, damping_frame
from diffusion_mpc_ros.robot.dds import Frame, frame_type
from diffusion_mpc_ros.robot.publication import Publication
from diffusion_mpc_ros.robot.remote import emergency_stop_held
from diffusion_mpc_ros.robot.subscription import Subscription
from diffusion_mpc_ros.robot.wire_format import LOW_CMD_TOPIC, LOW_STATE_TOPIC
from diffusion_mpc_ros.safety.guardianship import Duty, Guardianship

logger = logging.getLogger("guardian")

SILENCE_MS = 50.0
"""With the time to wake up within the 60 ms that the failsafe table allows."""
PERIOD_S = 0.002
"""Damping goes out at 500 Hz, and silence is looked for as often."""
ENOUGH_DAMPING_S = 2.0
"""A robot lies after that: whoever ends the guardian may."""
PRIORITY = 10
START_TIMEOUT_S = 10.0
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Guardian:
    """Guards one robot. Needs ``dds.join`` first.

    Args:
        listener: bound to the guardian's address.
        silence_s: how long an executor may be silent, s.
        idle_s: time without an executor after which the guardian ends, s.
    """

    def __init__(self, listener: socket.socket, silence_s: float, idle_s: float) -> None:
        self._state = Guardianship(silence_s)
        self._hello = protocol.HELLO + f"{silence_s}".encode()
        self._listener = listener
        self._idle_s = idle_s
        self._executor: socket.socket | None = None
        self._stop_held = threading.Event()
        self._ending = False
        self._frame = damping_frame()
        for number in ENDINGS:
            signal.signal(number, self._note)

    def run(self) -> None:
        """Until the end is asked for, or nobody came for ``idle_s``, and nobody depends on it."""
        commands = Publication(LOW_CMD_TOPIC, CommandFrame, Qos(Policy.Userdata(GUARDIAN)))
        states = Subscription(LOW_STATE_TOPIC, frame_type(LowState_), self._look)
        self._listener.listen()
        self._listener.setblocking(False)
        logger.info("ready: damping after %.0f ms of silence", 1e3 * float(self._hello[1:]))
        said_s = since_s = time.monotonic()
        while not self._may_end(time.monotonic() - since_s):
            duty = self._state.duty
            self._wait()
            self._hear()
            if self._stop_held.is_set():
                self._state.stop()
            now_s = time.monotonic()
            if self._state.check(now_s) is not duty:
                self._announce()
                since_s = now_s
                if self._state.duty is Duty.DAMPING:
                    self._say(protocol.REVOKE)  # before the first frame: from here on nobody else writes
                    self._dismiss()
            if self._state.duty is Duty.DAMPING:
                commands.write(self._frame)
            if now_s - said_s >= protocol.ALIVE_PERIOD_S:
                self._say(protocol.ALIVE)
                said_s = now_s
            if self._executor is not None and self._state.duty is Duty.IDLE:
                since_s = now_s
        self._dismiss()
        states.close()
        logger.info("ends")

    def _may_end(self, duration_s: float) -> bool:
        """Whether nobody depends on the guardian, which has had its duty for so long."""
        if self._state.duty is Duty.IDLE:
            return self._ending or duration_s > self._idle_s
        return self._state.duty is Duty.DAMPING and self._ending and duration_s > ENOUGH_DAMPING_S

    def _wait(self) -> None:
        """For a message, at most one period."""
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        if self._executor is not None:
            poll.register(self._executor, select.POLLIN)
        started_s = time.monotonic()
        poll.poll(1e3 * PERIOD_S)
        if self._state.duty is Duty.DAMPING:  # messages do not make it send faster
            time.sleep(max(0.0, started_s + PERIOD_S - time.monotonic()))

    def _hear(self) -> None:
        """Take in everything that was said."""
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            pass
        else:
            self._welcome(connection)
        while self._executor is not None:
            try:
                message = self._executor.recv(protocol.MESSAGE_BYTES)
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # told once of an end that came with words unread; what was said before it is still there
            self._act_on(message)

    def _welcome(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        pid, user = protocol.peer(connection)
        if self._executor is not None or user not in (os.geteuid(), 0):
            logger.warning("process %d of user %d is turned away: one executor at a time, of my own user", pid, user)
            connection.close()
            return
        self._executor = connection
        self._say(self._hello)

    def _act_on(self, message: bytes) -> None:
        now_s = time.monotonic()
        if message == protocol.BEAT:
            self._state.beat(now_s)
        elif message == protocol.ARM:
            granted = self._state.arm(now_s, self._stop_held.is_set())
            self._say(protocol.GRANT if granted else protocol.REFUSE)
        elif message == protocol.RELEASE:
            self._state.release()
        else:  # gone, or not what it should be
            self._state.lost()
            self._dismiss()

    def _say(self, message: bytes) -> None:
        if self._executor is not None:
            try:
                self._executor.send(message)
            except OSError:
                return  # full: it does not listen, and will be silent; gone: it will be read next

    def _dismiss(self) -> None:
        if self._executor is not None:
            self._executor.close()
            self._executor = None

    def _look(self, frame: Frame) -> None:
        """Runs in the DDS thread at 500 Hz."""
        if emergency_stop_held(frame.data):
            self._stop_held.set()
        else:
            self._stop_held.clear()

    def _announce(self) -> None:
        level = logging.WARNING if self._state.duty is Duty.DAMPING else logging.INFO
        logger.log(level, "%s: %s", self._state.duty.value, self._state.reason)

    def _note(self, *_: object) -> None:
        self._ending = True


def _prefer() -> None:
    """Run before other programs where that is permitted; threads started later inherit it."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except PermissionError:
        logger.warning("no real-time priority (permit it with `ulimit -r %d`): a busy computer may delay me", PRIORITY)


def _detach(arguments: list[str], address: str, log: Path) -> int:
    """Start a guardian that belongs to no terminal and no launch; returns the exit code."""
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "diffusion_mpc_ros.robot.guardian", *arguments]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        if protocol.is_listening(address):
            logger.info("runs as process %d, log: %s", process.pid, log)
            return 0
        time.sleep(PERIOD_S)
    logger.error("did not start; log: %s", log)
    return 1


def main(arguments: list[str] | None = None) -> int:
    """Console script ``guardian``; returns the exit code."""
    parser = argparse.ArgumentParser(prog="guardian", description=__doc__.partition("\n")[0])
    parser.add_argument("--network-interface", required=True, metavar="NAME", help="where the robot is, e.g. eth0")
    parser.add_argument("--domain-id", type=int, default=0, metavar="N", help="DDS domain (default: 0)")
    parser.add_argument(
        "--silence-ms", type=float, default=SILENCE_MS, metavar="MS", help="silence of the executor to act on"
    )
    parser.add_argument("--idle-s", type=float, default=math.inf, metavar="S", help="end after so long idle")
    parser.add_argument("--detach", type=Path, metavar="LOG", help="go on in the background, logging to this file")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="[%(levelname)s] [guardian]: %(message)s")
    address = protocol.address(options.network_interface, options.domain_id)
    if options.detach is not None:
        if protocol.is_listening(address):
            logger.info("runs already")
            return 0
        numbers = ("domain_id", "silence_ms", "idle_s")
        rest = [f"--{name.replace('_', '-')}={getattr(options, name)}" for name in ("network_interface", *numbers)]
        return _detach(rest, address, options.detach.expanduser())
    with protocol.new_socket() as listener:
        try:
            listener.bind(address)
        except OSError as error:
            logger.error("another guardian guards this robot: %s", error)
            return 1
        _prefer()
        try:
            dds.join(options.network_interface, options.domain_id)
        except dds.LinkError as error:
            logger.error("%s", error)
            return 1
        Guardian(listener, options.silence_ms * 1e-3, options.idle_s).run()
    return 0


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    # The SDK's own threads sometimes keep the interpreter from ending.
    os._exit(code)
