"""Ways to spoil messages on their way: off, stuck, garbage, wrong, slow, delayed, intermittent."""

import random
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from diffusion_mpc_ros.robot.remote import EMERGENCY_STOP, Remote
from diffusion_mpc_ros.robot.wire_format import LOW_CMD, LOW_STATE, REMOTE, WireFormat

SLOW = 100
"""One frame in so many passes: 5 Hz."""
DELAY_S = 0.1
INTERMITTENT_S = 0.15
"""A wire that comes and goes: off so long, on so long."""
FIRST_EFFECT_TIMEOUT_S = 1.0

_IMU_QUATERNION, _FIRST_MOTOR, _TEMPERATURE = 28, 84, 28
_STATE_OF_CHARGE = 1043
_COMMAND_MOTOR = 28

Change = Callable[[bytearray, random.Random], None]
"""Alters a message in place; its CRC is set anew afterwards."""


def _write(offset: int, *values: float) -> Change:
    def change(data: bytearray, _: random.Random) -> None:
        struct.pack_into(f"<{len(values)}f", data, offset, *values)

    return change


def _press(data: bytearray, _: random.Random) -> None:
    data[REMOTE] = Remote(EMERGENCY_STOP).encode()


def _heat(data: bytearray, _: random.Random) -> None:
    data[_FIRST_MOTOR + _TEMPERATURE] = 95


def _battery(charge: int) -> Change:
    def change(data: bytearray, _: random.Random) -> None:
        data[_STATE_OF_CHARGE] = charge

    return change


_ON_ITS_SIDE = (0.7071068, 0.7071068, 0.0, 0.0)

STATE_KINDS: Mapping[str, tuple[WireFormat, Change | None]] = {
    "wrong": (LOW_STATE, _write(_IMU_QUATERNION, 3.0, 0.0, 0.0, 0.0)),
    "nan": (LOW_STATE, _write(_FIRST_MOTOR, float("nan"))),
    "fallen": (LOW_STATE, _write(_IMU_QUATERNION, *_ON_ITS_SIDE)),
    "racing": (LOW_STATE, _write(_FIRST_MOTOR + 4, 60.0)),
    "press": (LOW_STATE, _press),
    "hot": (LOW_STATE, _heat),
    "flat": (LOW_STATE, _battery(5)),
}
COMMAND_KINDS: Mapping[str, tuple[WireFormat, Change | None]] = {
    "wrong": (LOW_CMD, _write(_COMMAND_MOTOR, float("nan"))),
}
"""What only one kind of message can suffer; the others do not need to know a message's fields."""


class Spoiler:
    """Spoils a stream of messages. One thread spoils while another sets the fault.

    Args:
        changes: the faults that alter fields.
        generator: of garbage.
    """

    def __init__(self, changes: Mapping[str, tuple[WireFormat, Change | None]], generator: random.Random) -> None:
        self._changes = changes
        self._generator = generator
        self._kind = "none"
        self._count = 0
        self._kept: bytes | None = None
        self._began_s: float | None = None
        self._effect = threading.Event()

    def set(self, kind: str) -> float:
        """Begin another fault; returns when it first took effect (monotonic, s), or now if no message comes."""
        self._effect.clear()
        self._kept, self._count, self._began_s = None, 0, None
        self._kind = kind
        self._effect.wait(FIRST_EFFECT_TIMEOUT_S)
        return self._began_s if self._began_s is not None else time.monotonic()

    def spoil(self, data: bytes, now_s: float) -> Iterable[tuple[float, bytes]]:
        """What becomes of a message: each with the delay that it is sent after, s."""
        if self._began_s is None:
            self._began_s = now_s
            self._effect.set()
        kind, self._count = self._kind, self._count + 1
        if kind == "none":
            return [(0.0, data)]
        if kind == "off":
            return []
        if kind == "stuck":
            self._kept = self._kept or data
            return [(0.0, self._kept)]
        if kind == "garbage":
            spoilt = bytearray(data)
            for _ in range(8):
                spoilt[self._generator.randrange(4, len(spoilt))] ^= 1 << self._generator.randrange(8)
            return [(0.0, bytes(spoilt))]
        if kind == "slow":
            return [(0.0, data)] if self._count % SLOW == 0 else []
        if kind == "delayed":
            return [(DELAY_S, data)]
        if kind == "intermittent":
            return [] if (now_s - self._began_s) % (2 * INTERMITTENT_S) < INTERMITTENT_S else [(0.0, data)]
        layout, change = self._changes[kind]
        spoilt = bytearray(data)
        if change is not None:
            change(spoilt, self._generator)
        spoilt[-4:] = layout.crc(spoilt).to_bytes(4, "little")
        return [(0.0, bytes(spoilt))]
