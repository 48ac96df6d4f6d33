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
from collections import Counter, deque
from collections.abc import Iterable
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
PERIOD_S, STEP_MAX = 0.002, 0.06
"""Time from one frame to the next, and how far a target may move in it, rad. A frame that we missed counts, too."""
TORQUE_MAX = 4 * (23.7, 23.7, 45.43)
"""N m, from the same description."""
STATE_SIZE, STATE_MOTORS = 1180, struct.Struct("<84x" + 12 * "2f40x")
STATES_KEPT = 25
"""Robot states of which the executor may have known any as the newest: those of 50 ms."""
GAP_MAX_S = 0.08
"""While somebody holds the robot up."""
SIZE, FIRST_MOTOR, MOTOR = 812, 28, 32 + 4
ROUNDING = 1e-5
"""rad, and a share of the largest torque."""
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


Joints = list[tuple[float, float]]
"""Position and speed of each, rad and rad/s."""


class Verdict:
    """What one frame is: its targets, what it does to the motors, and what is wrong with it by itself."""

    def __init__(self, data: bytes) -> None:
        self.faults: list[str] = []
        self.targets: list[tuple[float, float, float]] = []
        """Position, rad, and gains of each joint, if the frame holds any."""
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
            self.targets = [(q, kp, kd) for q, _, _, kp, kd in legs]
            inside = zip(self.targets, LOWER, UPPER, strict=True)
            if any(not low - ROUNDING <= q <= high + ROUNDING for (q, _, _), low, high in inside):
                self.faults.append("position")

    def _check(self, legs: Any, rest: Any) -> None:
        if any(not 0.0 <= kp <= KP_MAX or not 0.0 <= kd <= KD_MAX for _, _, _, kp, kd in legs):
            self.faults.append("gain")
        if any(tau != 0.0 for _, _, tau, _, _ in legs):
            self.faults.append("torque fed forward")
        if any(kp != 0.0 or kd != 0.0 or tau != 0.0 for _, _, tau, kp, kd in rest):
            self.faults.append("unused motor")

    def step_faults(self, before: "Verdict", periods: int) -> list[str]:
        """What is wrong with it so many periods after the frame before, by the same writer."""
        ways = [abs(q - old) for (q, _, _), (old, _, _) in zip(self.targets, before.targets, strict=False)]
        return ["step"] if any(way > periods * STEP_MAX + ROUNDING for way in ways) else []

    def torque_faults(self, states: Iterable[Joints]) -> list[str]:
        """What is wrong with it if one of these states was the newest when it was made."""
        possible = [self._is_within_torque(joints) for joints in states]
        return ["torque"] if possible and not any(possible) else []

    def _is_within_torque(self, joints: Joints) -> bool:
        moments = (kp * (q - at) - kd * speed for (q, kp, kd), (at, speed) in zip(self.targets, joints, strict=False))
        # A state that is not finite is none that the executor judges by: it excuses nothing, and accuses nobody.
        return all(not abs(each) > most * (1.0 + ROUNDING) for each, most in zip(moments, TORQUE_MAX, strict=False))


class Oracle:
    """Judges frames as they come; ``report`` is called from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames: Counter[str] = Counter()
        self._unsafe = 0
        self._longest_gap_s = 0.0
        self._last: tuple[str, str, list[str]] | None = None
        self._seen: dict[str, tuple[bytes, Verdict, float]] = {}
        self._last_s: float | None = None
        self._writers: dict[int, str] = {}
        self._states: deque[Joints] = deque(maxlen=STATES_KEPT)

    def read_state(self, reader: DataReader) -> None:
        """Called by cyclonedds in its thread: where the joints are, and how fast they move."""
        for sample in reader.take(DEPTH):
            if not isinstance(sample, InvalidSample) and len(sample.data) == STATE_SIZE:
                values = STATE_MOTORS.unpack_from(sample.data)
                self._states.append(list(zip(values[::2], values[1::2], strict=True)))

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
        verdict = known[1] if known is not None and known[0] == data else Verdict(data)
        self._seen[who] = data, verdict, written_s
        faults = list(verdict.faults)
        if known is not None:
            faults += verdict.step_faults(known[1], max(1, round((written_s - known[2]) / PERIOD_S)))
        if verdict.targets:
            faults += verdict.torque_faults(tuple(self._states)[::-1])
        with self._lock:
            self._unsafe += bool(faults)
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
        Qos(Policy.History.KeepLast(STATES_KEPT)),
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
