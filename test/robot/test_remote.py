import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.robot.remote import REMOTE_BYTES, Button, Remote

sticks = st.floats(-1, 1, width=32)
remotes = st.builds(Remote, buttons=st.integers(0, 0xFFFF).map(Button), lx=sticks, ly=sticks, rx=sticks, ry=sticks)


@given(remotes)
def test_decode_inverts_encode(remote: Remote) -> None:
    data = remote.encode()

    assert len(data) == REMOTE_BYTES
    assert Remote.decode(data) == remote
    assert Remote.decode(list(data)) == remote  # the SDK's messages hold lists


def test_fields_are_where_the_robot_puts_them() -> None:
    data = bytearray(REMOTE_BYTES)
    data[2] = 0b0010_0000  # L2
    data[3] = 0b0000_0010  # B
    for offset, value in ((4, 0.1), (8, 0.2), (12, 0.3), (20, 0.4)):
        struct.pack_into("<f", data, offset, value)

    remote = Remote.decode(bytes(data))

    assert remote.buttons == Button.L2 | Button.B
    np.testing.assert_allclose((remote.lx, remote.rx, remote.ry, remote.ly), (0.1, 0.2, 0.3, 0.4), rtol=1e-6)


def test_holds_needs_every_button() -> None:
    both = Button.L2 | Button.B

    assert Remote(both | Button.A).holds(both)
    assert not Remote(Button.L2).holds(both)
    assert not Remote().holds(both)


def test_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 40 bytes, got 24"):
        Remote.decode(bytes(24))
