"""What executor and guardian say to each other, over a socket of this machine that the kernel closes with its owner.

The executor asks for the right to command (ARM), says that it commanded (BEAT) and gives the right back (RELEASE). The
guardian introduces itself (HELLO), says that it lives (ALIVE) and answers ARM with GRANT or REFUSE. It takes the right
away by REVOKE and by closing the connection; a connection that closes without it is that of a guardian that died. One
message a packet; the first byte is its kind.
"""

import socket
import struct

ARM, BEAT, RELEASE = b"A", b"B", b"R"
HELLO, ALIVE, GRANT, REFUSE, REVOKE = b"H", b"L", b"G", b"X", b"V"
MESSAGE_BYTES = 200

ALIVE_PERIOD_S = 0.01
"""How often the guardian says that it lives."""
BEAT_PERIOD_S = 0.008
"""How often the executor says that it commands: after every fourth frame."""

_CREDENTIALS = struct.Struct("3i")


def address(interface: str, domain_id: int) -> str:
    """Where the guardian of the robot on this interface and DDS domain listens: no file, so none is left behind."""
    return f"\0diffusion_mpc_ros/guardian/{interface}/{domain_id}"


def new_socket() -> socket.socket:
    """A socket that keeps messages whole and tells when the other end is gone."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def peer(connection: socket.socket) -> tuple[int, int]:
    """Process and user id of the other end, as the kernel knows them."""
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, user, _ = _CREDENTIALS.unpack(data)
    return pid, user


def is_listening(at: str) -> bool:
    """Whether a guardian listens at an address."""
    with new_socket() as trial:
        return trial.connect_ex(at) == 0
