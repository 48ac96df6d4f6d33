"""The Go2's hand-held remote, as it appears in the 40 bytes ``wireless_remote`` of a LowState.

Layout (little endian): bytes 2-3 the buttons, then floats lx at 4, rx at 8, ry at 12 and ly at 20.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag

from diffusion_mpc_ros.robot.wire_format import LOW_STATE, REMOTE, FrameError

REMOTE_BYTES = 40

_LAYOUT = struct.Struct("<2xH3f4xf16x")


class Button(IntFlag):
    """One bit per button, in the order of the remote's own 16-bit word."""

    R1 = 1 << 0
    L1 = 1 << 1
    START = 1 << 2
    SELECT = 1 << 3
    R2 = 1 << 4
    L2 = 1 << 5
    F1 = 1 << 6
    F2 = 1 << 7
    A = 1 << 8
    B = 1 << 9
    X = 1 << 10
    Y = 1 << 11
    UP = 1 << 12
    RIGHT = 1 << 13
    DOWN = 1 << 14
    LEFT = 1 << 15


NO_BUTTON = Button(0)
EMERGENCY_STOP = Button.L2 | Button.B


@dataclass(frozen=True)
class Remote:
    """Buttons held down and stick deflections in [-1, 1]; x is positive to the right, y away from the operator."""

    buttons: Button = NO_BUTTON
    lx: float = 0.0
    ly: float = 0.0
    rx: float = 0.0
    ry: float = 0.0

    def holds(self, buttons: Button) -> bool:
        """Whether every one of ``buttons`` is held down, e.g. ``holds(Button.L2 | Button.B)``."""
        return self.buttons & buttons == buttons

    @classmethod
    def decode(cls, data: bytes | Sequence[int]) -> "Remote":
        """Read the 40 bytes of ``wireless_remote``.

        Raises:
            ValueError: the length is not 40.
        """
        if len(data) != REMOTE_BYTES:
            raise ValueError(f"wireless_remote: expected {REMOTE_BYTES} bytes, got {len(data)}")
        buttons, lx, rx, ry, ly = _LAYOUT.unpack(bytes(data))
        return cls(Button(buttons), lx=lx, ly=ly, rx=rx, ry=ry)

    def encode(self) -> bytes:
        """The 40 bytes that ``decode`` reads back (sticks at float32 precision)."""
        return _LAYOUT.pack(self.buttons, self.lx, self.rx, self.ry, self.ly)


def emergency_stop_held(low_state: bytes) -> bool:
    """Whether the emergency stop is held in a LowState as it came off the wire. Cheap while it is not."""
    buttons = int.from_bytes(low_state[REMOTE.start + 2 : REMOTE.start + 4], "little")
    if buttons & EMERGENCY_STOP != EMERGENCY_STOP:
        return False
    try:
        LOW_STATE.verify(low_state)
    except FrameError:
        return False
    return True
