"""The executor's side of the right to command the motors."""

import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Protocol

from diffusion_mpc_ros.robot import guardian_protocol as protocol
from diffusion_mpc_ros.robot.dds import LinkError

ANSWER_TIMEOUT_S = 0.5
POLL_S = 0.001


class CommandRight(Protocol):
    """Decides before every frame whether it may be written."""

    def may_command(self) -> bool:
        """Whether to write a frame now."""

    def commanded(self) -> None:
        """A frame was written."""

    def release(self) -> None:
        """No more frames will be written."""


class GuardianClient:
    """A connection to the guardian. The methods may be called from several threads.

    Args:
        interface: network interface of the robot.
        domain_id: DDS domain of the robot.
    """

    def __init__(self, interface: str, domain_id: int) -> None:
        self._address = protocol.address(interface, domain_id)
        self._lock = threading.RLock()
        self._socket: socket.socket | None = None
        self._hung_up = select.poll()
        self._silence_s = 0.0
        self._alive_s = self._used_s = self._said_s = 0.0
        self._granted = False
        """Whether the right is ours. It stays so when the guardian dies: nobody else would write."""
        self._covered = self._deposed = self._refused = False

    @property
    def deposed(self) -> bool:
        """Whether the right was taken away since it was last granted."""
        return self._deposed

    @property
    def age_s(self) -> float:
        """Time since the guardian last said that it lives, s; infinite without a guardian."""
        with self._lock:
            self._listen()
            return float("inf") if self._socket is None else time.monotonic() - self._alive_s

    def connect(self) -> bool:
        """Whether there is a connection, made now if need be. Never waits."""
        with self._lock:
            if self._socket is not None:
                return True
            connection = protocol.new_socket()
            if connection.connect_ex(self._address) != 0:
                connection.close()
                return False
            connection.setblocking(False)
            self._socket, self._hung_up = connection, select.poll()
            self._hung_up.register(connection, 0)  # reports a closed connection, whatever is left to read
            self._alive_s = time.monotonic()
            return True

    def arm(self) -> None:
        """Get the right to command, or make sure of it. Frames may be written meanwhile.

        Raises:
            LinkError: there is no guardian, it does not answer, or it refuses.
        """
        with self._lock:
            if not self.connect():
                raise LinkError("no guardian: start it (ros2 run diffusion_mpc_ros guardian)")
            asked_s, has_it = time.monotonic(), self._granted and self._covered
            if not has_it:
                self._refused = False
                self._send(protocol.ARM)
        if not self._wait(lambda: self._alive_s > asked_s if has_it else self._covered or self._refused):
            raise LinkError("the guardian does not answer: see its log")
        with self._lock:
            if self._refused:
                raise LinkError("the guardian refuses: release the emergency stop on the remote")
            self._deposed = False

    def may_command(self) -> bool:
        """Whether to write a frame now: not after the guardian took over, nor after a pause in which it must have."""
        with self._lock:
            now_s = time.monotonic()
            if self._granted and now_s - self._used_s > self._silence_s:
                self._lose()
            if self._granted and self._socket is not None and self._hung_up.poll(0):
                self._listen()
            self._used_s = now_s
            return self._granted

    def commanded(self) -> None:
        """A frame was written: now and then the guardian is told."""
        with self._lock:
            now_s = time.monotonic()
            if self._granted and now_s - self._said_s >= protocol.BEAT_PERIOD_S:
                self._said_s = now_s
                self._send(protocol.BEAT)

    def release(self) -> None:
        """Give the right back and hang up; no frame may be written after it."""
        with self._lock:
            if self._granted:
                self._granted = False
                self._send(protocol.RELEASE)
            self._hang_up()

    def _wait(self, condition: Callable[[], bool]) -> bool:
        """Whether a condition comes true while there is a connection. The lock is free in between."""
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while True:
            with self._lock:
                self._listen()
                if condition():
                    return True
                if self._socket is None or time.monotonic() > deadline:
                    return False
            time.sleep(POLL_S)

    def _listen(self) -> None:
        """Take in everything the guardian said."""
        while self._socket is not None:
            try:
                message = self._socket.recv(protocol.MESSAGE_BYTES)
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # told once of an end that came with words unread; what was said before it is still there
            kind = message[:1]
            self._alive_s = time.monotonic()
            if kind == protocol.HELLO:
                self._silence_s = float(message[1:])
            elif kind == protocol.GRANT:
                self._granted = self._covered = True
                self._used_s = self._alive_s
            elif kind == protocol.REFUSE:
                self._refused = True
            elif kind == protocol.REVOKE:
                self._lose()
            elif kind != protocol.ALIVE:
                self._hang_up()

    def _lose(self) -> None:
        self._deposed = self._deposed or self._granted
        self._granted = False
        self._hang_up()

    def _send(self, message: bytes) -> None:
        if self._socket is not None:
            try:
                self._socket.send(message)
            except OSError:
                return  # full: the guardian hangs, and its age tells; gone: the next look tells

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._covered = False
