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


def test_a_bad_frame_changes_nothing_and_is_counted(inbox: CommandInbox) -> None:
    encoder = CommandEncoder()
    inbox.receive(Frame(encoder.encode(STAND_POSE, KP, KD).serialize()))
    good = inbox.last
    corrupt = encoder.encode(0.0, KP, KD)
    corrupt.crc ^= 1

    inbox.receive(Frame(corrupt.serialize()))

    assert good is not None
    assert inbox.last is good
    assert (inbox.accepted, inbox.dropped) == (1, {"crc": 1})


def test_the_same_frame_again_counts_as_news(inbox: CommandInbox) -> None:
    data = CommandEncoder().encode(STAND_POSE, KP, KD).serialize()
    inbox.receive(Frame(data))
    first = inbox.last
    inbox.receive(Frame(data))

    assert first is not None
    assert inbox.last is not None
    assert inbox.last.received_ns > first.received_ns
    assert inbox.accepted == 2


def test_a_good_frame_after_a_bad_one_with_the_same_target_acts(inbox: CommandInbox) -> None:
    message = CommandEncoder().encode(STAND_POSE, KP, KD)
    good = message.serialize()
    message.crc ^= 1
    bad = message.serialize()

    for data in (bad, good, bad, good):
        inbox.receive(Frame(data))

    assert (inbox.accepted, inbox.dropped) == (2, {"crc": 2})
