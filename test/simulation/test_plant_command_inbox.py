import pytest

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.dds import Frame
from diffusion_mpc_ros.robot.low_level import CommandEncoder
from diffusion_mpc_ros.robot.spec import KD, KP, STAND_POSE
from diffusion_mpc_ros.simulation.plant.command_inbox import CommandInbox


@pytest.fixture
def inbox(domain_id: int) -> CommandInbox:
    dds.join("lo", domain_id)
    return CommandInbox()


def corrupted(frame: Frame) -> Frame:
    """The frame with another CRC."""
    return Frame(frame.data[:-1] + bytes([frame.data[-1] ^ 1]))


def test_a_bad_frame_changes_nothing_and_is_counted(inbox: CommandInbox) -> None:
    encoder = CommandEncoder()
    inbox.receive(encoder.encode(STAND_POSE, KP, KD))
    good = inbox.last

    inbox.receive(corrupted(encoder.encode(0.0, KP, KD)))

    assert good is not None
    assert inbox.last is good
    assert (inbox.accepted, inbox.dropped) == (1, {"crc": 1})


def test_the_same_frame_again_counts_as_news(inbox: CommandInbox) -> None:
    frame = CommandEncoder().encode(STAND_POSE, KP, KD)
    inbox.receive(frame)
    first = inbox.last
    inbox.receive(frame)

    assert first is not None
    assert inbox.last is not None
    assert inbox.last.received_ns > first.received_ns
    assert inbox.accepted == 2


def test_a_good_frame_after_a_bad_one_with_the_same_target_acts(inbox: CommandInbox) -> None:
    good = CommandEncoder().encode(STAND_POSE, KP, KD)
    bad = corrupted(good)

    for frame in (bad, good, bad, good):
        inbox.receive(frame)

    assert (inbox.accepted, inbox.dropped) == (2, {"crc": 2})
