"""Reads ``rt/lowcmd`` off the wire and judges every frame. A program of its own that shares no code with the executor:
its own reading of the bytes, its own CRC, its own numbers of the robot.

    python -m diffusion_mpc_ros.faults.oracle INTERFACE DOMAIN_ID

One JSON object a line on standard output: ``{"t", "who", "kind", "faults"}`` whenever a frame differs in these from
the one before, and once a second ``{"t", "frames": {who: count}, "unsafe": count, "gap_ms": longest}``. ``t`` is the
monotonic clock, s.
"""

import json
import math
import struct
import sys
import threading
import time
from collections import Counter
from typing import Any

from cyclonedds.core import Listener
from cyclonedds.domain import Domain, DomainParticipant
from cyclonedds.internal import InvalidSample
from cyclonedds.qos import Policy, Qos
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_, LowState_

LOWER = 2 * (-1.0472, -1.5708, -2.7227) + 2 * (-1.0472, -0.5236, -2.7227)
UPPER = 2 * (1.0472, 3.4907, -0.83776) + 2 * (1.0472, 4.5379, -0.83776)
"""Mechanical joint limits of the Go2 in the SDK's order, rad, from the manufacturer's description."""
KP_MAX, KD_MAX = 40.0, 10.0
STEP_MAX = 0.6
"""rad from one target to the next, unless a motor would have to give more than it can."""
TORQUE_MAX = 4 * (23.7, 23.7, 45.43)
"""N m, from the same description."""
NEAR_TORQUE = 0.8
"""Share of it that a target within the step would take before a larger step is excused: the state that we see may be
some milliseconds older or newer than the executor's."""
STATE_SIZE, STATE_MOTOR, STATE_STRIDE = 1180, 84, 48
GAP_MAX_S = 0.08
"""While somebody holds the robot up."""
SIZE, FIRST_MOTOR, MOTOR = 812, 28, 32 + 4
ROUNDING = 1e-5
DEPTH = 500
"""Frames kept for an oracle that is held up: a second's."""
CONFIG = (
    '<CycloneDDS><Domain Id="any"><General><Interfaces><NetworkInterface name="{}"/></Interfaces></General></Domain>'
    "</CycloneDDS>"
)


class Raw:
    """A message as bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.sample_info: Any = None

    @classmethod
    def deserialize(cls, data: bytes) -> "Raw":
        """Called by cyclonedds when it reads."""
        return cls(data)


class RawState(Raw):
    """Likewise, of the robot state."""


for _raw, _type in ((Raw, LowCmd_), (RawState, LowState_)):
    for _name in ("__idl__", "__idl_typename__", "__idl_annotations__", "__idl_field_annotations__"):
        setattr(_raw, _name, getattr(_type, _name))


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        table.append(value & 0xFFFFFFFF)
    return table


_TABLE = _crc_table()


def crc(data: bytes) -> int:
    """The CRC that a frame of the wire should carry: MSB first over the 32-bit words of the sender's C structure."""
    body = data[4:]
    structure = body[:22] + bytes(2) + body[22:23] + bytes(3) + body[24:-4]
    value = 0xFFFFFFFF
    for (word,) in struct.iter_unpack("<I", structure):
        for byte in word.to_bytes(4, "big"):
            value = ((value << 8) & 0xFFFFFFFF) ^ _TABLE[(value >> 24) ^ byte]
    return value


class Verdict:
    """What one frame is: its targets, what it does to the motors, and what is wrong with it."""

    def __init__(
        self, data: bytes, before: list[float] | None, measured: list[tuple[float, float]] | None = None
    ) -> None:
        self.faults: list[str] = []
        self.q: list[float] | None = None
        self.kind = "broken"
        if len(data) != SIZE or data[:2] not in (b"\x00\x01", b"\x00\x07"):
            self.faults = ["size"]
            return
        if int.from_bytes(data[-4:], "little") != crc(data):
            self.faults = ["crc"]
            return
        motors = [struct.unpack_from("<5f", data, FIRST_MOTOR + MOTOR * i) for i in range(20)]
        if not all(math.isfinite(value) for motor in motors for value in motor):
            self.faults = ["not finite"]
            return
        legs = motors[:12]
        stiff = any(kp > 0.0 for _, _, _, kp, _ in legs)
        damped = all(kp == 0.0 and kd > 0.0 for _, _, _, kp, kd in legs)
        self.kind = "hold" if stiff else "damp" if damped else "limp"
        self._check(legs, motors[12:])
        if stiff:
            self._check_targets(legs, before, measured)

    def _check(self, legs: Any, rest: Any) -> None:
        if any(not 0.0 <= kp <= KP_MAX or not 0.0 <= kd <= KD_MAX for _, _, _, kp, kd in legs):
            self.faults.append("gain")
        if any(tau != 0.0 for _, _, tau, _, _ in legs):
            self.faults.append("torque fed forward")
        if any(kp != 0.0 or kd != 0.0 or tau != 0.0 for _, _, tau, kp, kd in rest):
            self.faults.append("unused motor")

    def _check_targets(self, legs: Any, before: list[float] | None, measured: list[tuple[float, float]] | None) -> None:
        self.q = [q for q, *_ in legs]
        if any(not low - ROUNDING <= q <= high + ROUNDING for q, low, high in zip(self.q, LOWER, UPPER, strict=True)):
            self.faults.append("position")
        for joint, (q, _, _, kp, kd) in enumerate(legs):
            step = 0.0 if before is None else q - before[joint]
            if abs(step) <= STEP_MAX + 1e-4 or before is None:
                continue
            stepped = before[joint] + math.copysign(STEP_MAX, step)
            at, speed = (stepped, 0.0) if measured is None else measured[joint]
            if abs(kp * (stepped - at) - kd * speed) < NEAR_TORQUE * TORQUE_MAX[joint]:
                self.faults.append("step")
                return


class Oracle:
    """Judges frames as they come; ``report`` is called from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames: Counter[str] = Counter()
        self._unsafe = 0
        self._longest_gap_s = 0.0
        self._last: tuple[str, str, list[str]] | None = None
        self._seen: dict[str, tuple[bytes, Verdict]] = {}
        self._last_s: float | None = None
        self._writers: dict[int, str] = {}
        self._measured: list[tuple[float, float]] | None = None

    def read_state(self, reader: DataReader) -> None:
        """Called by cyclonedds in its thread: where the joints are, and how fast they move."""
        for sample in reader.take(DEPTH):
            if not isinstance(sample, InvalidSample) and len(sample.data) == STATE_SIZE:
                offsets = (STATE_MOTOR + STATE_STRIDE * joint for joint in range(12))
                self._measured = [struct.unpack_from("<2f", sample.data, offset) for offset in offsets]

    def read(self, reader: DataReader) -> None:
        """Called by cyclonedds in its thread."""
        for sample in reader.take(DEPTH):
            if not isinstance(sample, InvalidSample):
                info = sample.sample_info
                who = self._who(reader, info.publication_handle)
                self.judge(time.monotonic(), 1e-9 * info.source_timestamp, who, sample.data)

    def judge(self, now_s: float, written_s: float, who: str, data: bytes) -> None:
        """One frame: when it was read (monotonic, s), when its writer wrote it (its own clock, s), and by whom.

        Gaps are those between writes: a busy machine that holds up the oracle is not the executor's fault.
        """
        known = self._seen.get(who)
        if known is not None and known[0] == data:
            verdict = known[1]
        else:
            verdict = Verdict(data, known[1].q if known is not None else None, self._measured)
            self._seen[who] = data, verdict
            if verdict.faults:
                self._unsafe += 1
        faults = list(verdict.faults)
        with self._lock:
            if self._last_s is not None and self._last is not None and self._last[1] == "hold":
                gap_s = written_s - self._last_s
                self._longest_gap_s = max(self._longest_gap_s, gap_s)
                if gap_s > GAP_MAX_S:
                    faults.append(f"gap of {1e3 * gap_s:.0f} ms")
            self._last_s = written_s
            self._frames[who] += 1
            told = who, verdict.kind, faults
            if told != self._last:
                self._last = told
                print(json.dumps({"t": now_s, "who": who, "kind": verdict.kind, "faults": faults}), flush=True)

    def report(self) -> None:
        """The counts so far."""
        with self._lock:
            counts = {"frames": dict(self._frames), "unsafe": self._unsafe, "gap_ms": 1e3 * self._longest_gap_s}
            self._longest_gap_s = 0.0
            print(json.dumps({"t": time.monotonic(), **counts}), flush=True)

    def _who(self, reader: DataReader, writer: int) -> str:
        if writer not in self._writers:
            endpoint = reader.get_matched_publication_data(writer)
            data = None if endpoint is None else endpoint.qos[Policy.Userdata]
            marked = data is not None and data.data.endswith(b"guardian")
            self._writers[writer] = "guardian" if marked else f"writer {len(self._writers)}"
        return self._writers[writer]


def main(interface: str, domain_id: int) -> None:
    """Judge until standard input ends."""
    domain = Domain(domain_id, CONFIG.format(interface))
    participant = DomainParticipant(domain_id)
    oracle = Oracle()
    reader = DataReader(
        participant,
        Topic(participant, "rt/lowcmd", Raw),  # type: ignore[type-var]
        Qos(Policy.History.KeepLast(DEPTH)),
        listener=Listener(on_data_available=oracle.read),
    )
    state_reader = DataReader(
        participant,
        Topic(participant, "rt/lowstate", RawState),  # type: ignore[type-var]
        listener=Listener(on_data_available=oracle.read_state),
    )
    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    while not ended.wait(1.0):
        oracle.report()
    for each in (reader, state_reader):
        each.set_listener(None)
    del domain


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
