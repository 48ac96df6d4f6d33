"""The executor's two wires to the robot: the newest verified state in, a steady stream of commands out."""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowState_

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.command_frame import DAMPING_KD, CommandFrame
from diffusion_mpc_ros.robot.dds import Frame, LinkError, frame_type
from diffusion_mpc_ros.robot.frame_maker import FrameMaker, MotorTarget, release_frame
from diffusion_mpc_ros.robot.guardian_client import CommandRight
from diffusion_mpc_ros.robot.low_level import decode_state
from diffusion_mpc_ros.robot.metronome import Metronome
from diffusion_mpc_ros.robot.publication import Publication
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, KP
from diffusion_mpc_ros.robot.state import RobotState
from diffusion_mpc_ros.robot.subscription import Subscription
from diffusion_mpc_ros.robot.wire_format import LOW_CMD_TOPIC, LOW_STATE_TOPIC, TICK, FrameError
from diffusion_mpc_ros.safety.freshness import Freshness, Order
from diffusion_mpc_ros.safety.hard_limits import HardLimits

logger = logging.getLogger(__name__)

WRITE_PERIOD_NS = 2_000_000
"""Commands go out at 500 Hz, as Unitree's own programs send them."""
FRAMES_KEPT = 5
"""States kept for ``latest``: if the newest is corrupt, one a few milliseconds older serves."""
POLL_S = 0.005

HANG_S = 0.2
"""Time without a new command after which the writer damps by itself: ten control ticks."""
_HARD_LIMITS = HardLimits(JOINT_LOWER, JOINT_UPPER, KP)

_StateFrame = frame_type(LowState_)


@dataclass(frozen=True)
class LinkCounters:
    """What went over the link since it was started."""

    received: int
    """LowState frames that arrived."""
    dropped: Mapping[str, int]
    """Frames that ``latest`` looked at and refused, by reason. (Frames it never looked at are not verified.)"""
    written: int
    """LowCmd frames handed to DDS."""
    write_failures: int
    """LowCmd frames that DDS refused."""
    late_writes: int
    """LowCmd frames skipped because their time had passed before the writer came to run."""


class Go2Link:
    """Talks to one Go2 over one network interface.

    Nothing is sent before the first ``set_target`` or ``damp``; from then on a thread of its own sends the last
    command at 500 Hz until ``close``, as long as ``right`` allows it: each frame within position, step and torque, so
    that a target may take several. A command not renewed for ``hang_s`` gives way to damping until ``resume``. Callers
    need one thread only; the methods may be called from several.

    Args:
        right: asked before every frame.
        interface: name of the network interface that the robot is on, e.g. ``enp3s0``; ``lo`` for the plant.
        domain_id: DDS domain; 0 on the robot.
        damping_kd: gain of ``damp`` and ``close``, N m s/rad.
        hang_s: see above, s.
    """

    def __init__(
        self,
        right: CommandRight,
        interface: str,
        domain_id: int = 0,
        damping_kd: float = DAMPING_KD,
        hang_s: float = HANG_S,
    ) -> None:
        self._right = right
        self._interface = interface
        self._domain_id = domain_id
        self._damping = release_frame(damping_kd)
        self._hang_s = hang_s
        self._lock = threading.Lock()
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=FRAMES_KEPT)
        self._newest: tuple[int, RobotState] | None = None
        self._received = 0
        self._dropped: Counter[str] = Counter()
        self._freshness = Freshness()
        self._tick, self._tick_ns = b"", 0
        self._heard = b""
        self._command: Frame | MotorTarget = self._damping
        self._commanded_s = 0.0
        self._stalled = False
        self._commanded = threading.Event()
        self._closing = threading.Event()
        self._written = 0
        self._write_failures = self._failures_in_row = 0
        self._late_writes = 0
        self._states: Subscription[Frame] | None = None
        self._publication: Publication | None = None
        self._writer: threading.Thread | None = None

    def start(self, timeout_s: float = 3.0) -> None:
        """Open the link and wait for the first verified state.

        Raises:
            LinkError: unknown interface, or no robot answers within ``timeout_s``.
        """
        dds.join(self._interface, self._domain_id)
        self._publication = Publication(LOW_CMD_TOPIC, CommandFrame)
        self._states = Subscription(LOW_STATE_TOPIC, _StateFrame, self._receive)
        deadline = time.monotonic() + timeout_s
        while (state := self._verify_newest()) is None:
            if time.monotonic() > deadline:
                self.close()
                raise LinkError(self._no_robot(timeout_s))
            time.sleep(POLL_S)
        writing = self._publication, FrameMaker(state.q, state.dq, 1e-9 * WRITE_PERIOD_NS)
        self._writer = threading.Thread(target=self._write_loop, args=writing, name="lowcmd", daemon=True)
        self._writer.start()

    def latest(self) -> tuple[RobotState, float]:
        """The newest verified state and its age in s (monotonic clock, since it arrived). A robot that repeats itself
        grows old like one that is silent.

        Raises:
            LinkError: the link was never started.
        """
        self._verify_newest()
        if self._newest is None:
            raise LinkError("latest: no state yet, call start first")
        received_ns, state = self._newest
        return state, (time.monotonic_ns() - received_ns) * 1e-9

    @property
    def stalled(self) -> bool:
        """Whether the writer damps because no command came for ``hang_s``."""
        return self._stalled

    @property
    def failures_in_row(self) -> int:
        """Frames since the last that DDS took."""
        return self._failures_in_row

    def resume(self) -> None:
        """Take commands again after a stall."""
        with self._lock:
            self._stalled = False
            self._failures_in_row = 0
            self._commanded_s = time.monotonic()

    def set_target(self, q: np.ndarray, kp: float, kd: float) -> None:
        """From the next frame on, move to these joint targets: (12,) rad, with gains N m/rad and N m s/rad.

        The command changes whole or not at all. After a stall it stays damping.

        Raises:
            ValueError: wrong shape, not finite, beyond the hard limits; the command in force stays.
            LinkError: the link is closed or was never started.
        """
        self._require_open("set_target")
        _HARD_LIMITS.check(q, kp, kd)
        self._send(MotorTarget(np.array(q), kp, kd) if kp > 0.0 else release_frame(kd))

    def damp(self) -> None:
        """From the next frame on, send damping (kp 0, kd > 0) until another target is set.

        Raises:
            LinkError: the link is closed or was never started.
        """
        self._require_open("damp")
        self._send(self._damping)

    def close(self, damping_s: float = 1.0) -> None:
        """Send damping for ``damping_s``, if anything was ever commanded, and stop. May be called again."""
        if self._closing.is_set():
            return
        if self._commanded.is_set() and self._writer is not None and self._writer.is_alive():
            self.damp()
            end_s = time.monotonic() + damping_s
            while time.monotonic() < end_s:  # the robot's last states arrive meanwhile, too
                time.sleep(POLL_S)
                self.damp()
        self._closing.set()
        self._commanded.set()
        if self._writer is not None:
            self._writer.join()
        self._right.release()
        if self._states is not None:
            self._states.close()
        if self._publication is not None:
            self._publication.close()

    @property
    def counters(self) -> LinkCounters:
        """A copy of the counters."""
        return LinkCounters(self._received, dict(self._dropped), self._written, self._write_failures, self._late_writes)

    def _receive(self, frame: Frame) -> None:
        """Runs in the DDS thread at 500 Hz: keeps the bytes, and when the instant that they tell of was first heard."""
        tick = frame.data[TICK]
        if tick != self._tick:
            self._tick, self._tick_ns = tick, time.monotonic_ns()
        self._heard = frame.data
        self._recent.append((self._tick_ns, frame.data))
        self._received += 1

    def _verify_newest(self) -> RobotState | None:
        """Decode the newest frame that passes every check; the state of the newest that ever did."""
        with self._lock:
            while self._recent:
                received_ns, data = self._recent.pop()
                if self._newest is not None and received_ns < self._newest[0]:
                    break  # older than the state in hand
                try:
                    state = decode_state(data)
                except FrameError as error:
                    self._drop(error.reason, str(error))
                    continue
                order = self._freshness.judge(state.tick)
                if order is Order.NEW:
                    self._newest = received_ns, state
                else:
                    self._drop(order.value, f"its tick {state.tick} ms is {order.value}")
                break
            return None if self._newest is None else self._newest[1]

    def _drop(self, reason: str, text: str) -> None:
        self._dropped[reason] += 1
        if self._dropped[reason] == 1:
            logger.warning("LowState dropped, further ones of this kind are only counted: %s", text)

    def _send(self, command: Frame | MotorTarget) -> None:
        with self._lock:
            self._command = self._damping if self._stalled else command
            self._commanded_s = time.monotonic()
        self._commanded.set()

    def _write_loop(self, commands: Publication, frames: FrameMaker) -> None:
        self._commanded.wait()
        beat = Metronome(WRITE_PERIOD_NS)
        while not self._closing.is_set():
            self._write(commands, frames)
            self._late_writes += beat.wait()

    def _write(self, commands: Publication, frames: FrameMaker) -> None:
        with self._lock:
            if time.monotonic() - self._commanded_s > self._hang_s:
                self._stalled, self._command = True, self._damping
            command = self._command
        frame = frames.frame(command, self._heard)
        if not self._right.may_command():  # asked last: little may come between this and the write
            frames.withheld()
            return
        if commands.write(frame):
            frames.sent()
            self._written += 1
            self._failures_in_row = 0
            self._right.commanded()
        else:
            self._write_failures += 1
            self._failures_in_row += 1

    def _require_open(self, action: str) -> None:
        if self._writer is None or self._closing.is_set():
            raise LinkError(f"{action}: the link is {'closed' if self._closing.is_set() else 'not started'}")
        if not self._writer.is_alive():
            raise LinkError(f"{action}: the thread that writes commands died; its error is in the log")

    def _no_robot(self, timeout_s: float) -> str:
        where = f"no robot on interface {self._interface}: "
        if self._received:
            return where + f"{self._received} LowState frames arrived, none valid: {dict(self._dropped)}"
        return where + (
            f"no LowState within {timeout_s:g} s on DDS domain {self._domain_id}: "
            "check that the robot is on, the cable, and the interface's address (192.168.123.x)"
        )
