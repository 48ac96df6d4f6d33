"""The robot's two low-level messages as bytes, and their CRC.

A sender computes the CRC over its C structure. On the wire (CDR, little endian) the same bytes follow a 4-byte header,
and only the padding around the first motor's ``mode`` differs. So the CRC can be checked before anything is decoded.
The SDK's ``CRC.Crc`` gives the same number from a decoded LowState but raises on any 8-bit field above 127.
"""

import ctypes
from dataclasses import dataclass

from cyclonedds.idl import IdlStruct
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowCmd_, LowState_
from unitree_sdk2py.utils.crc import CRC

LOW_STATE_TOPIC = "rt/lowstate"
STATE_RATE_HZ = 500
"""LowState messages that a Go2 sends."""
LOW_CMD_TOPIC = "rt/lowcmd"

_HEADER_SIZE = 4
_LITTLE_ENDIAN_CDR = (b"\x00\x01", b"\x00\x07")
"""Encodings 1 and 2 of CDR; for these messages they differ in the header only."""

_crc32 = CRC().crc_lib.crc32_core


class FrameError(ValueError):
    """A message that must not be used. ``reason`` is a word to count by; the text has the details."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True)
class WireFormat:
    """A message type whose last field is its CRC."""

    message_type: type[IdlStruct]
    size: int
    """Bytes on the wire."""
    first_mode: int
    """Where the first motor's ``mode`` is on the wire."""

    def crc(self, data: bytes | bytearray) -> int:
        """CRC that the message ``data`` should carry."""
        structure = bytearray(self.size)
        structure[: self.first_mode - _HEADER_SIZE] = data[_HEADER_SIZE : self.first_mode]
        mode, motor = _align(self.first_mode - _HEADER_SIZE), _align(self.first_mode + 1)
        structure[mode] = data[self.first_mode]
        structure[motor:] = data[motor:]
        words = self.size // 4
        return int(_crc32((ctypes.c_uint32 * words).from_buffer(structure), words - 1))

    def verify(self, data: bytes) -> None:
        """Check encoding, size and CRC.

        Raises:
            FrameError: reason "encoding", "size" or "crc".
        """
        name = self.message_type.__name__.rstrip("_")
        if data[:2] not in _LITTLE_ENDIAN_CDR:
            raise FrameError("encoding", f"{name}: expected little-endian CDR, got header {data[:2].hex()}")
        if len(data) != self.size:
            raise FrameError("size", f"{name}: expected {self.size} bytes, got {len(data)}")
        expected, carried = self.crc(data), int.from_bytes(data[-4:], "little")
        if carried != expected:
            raise FrameError("crc", f"{name} CRC: expected {expected:#010x}, got {carried:#010x}")


def _align(offset: int) -> int:
    return (offset + 3) // 4 * 4


LOW_STATE = WireFormat(LowState_, size=1180, first_mode=81)
TICK = slice(1100, 1104)
"""``tick`` in a LowState on the wire."""
REMOTE = slice(1104, 1144)
"""``wireless_remote`` in a LowState on the wire."""
LOW_CMD = WireFormat(LowCmd_, size=812, first_mode=26)
