"""The robot's DDS bus: joining it, and moving messages over it as bytes.

The SDK's Python classes take about 0.5 ms to read or write one message. At 500 Hz both ways that is most of a core,
though almost every command repeats the one before and only one state in ten is looked at. ``Frame`` leaves a message
as the bytes that travel, so that each end converts only the messages it uses.
"""

import atexit
import functools
import socket
import threading
from typing import Any

from cyclonedds.domain import DomainParticipant
from cyclonedds.idl import IdlStruct
from cyclonedds.internal import SampleInfo
from cyclonedds.topic import Topic
from unitree_sdk2py.core.channel import ChannelFactoryInitialize

MAX_DOMAIN_ID = 230

_lock = threading.Lock()
_joined: tuple[str, int] | None = None
_participant: DomainParticipant | None = None
_topics: dict[tuple[str, type], "Topic[Any]"] = {}


class LinkError(RuntimeError):
    """The robot cannot be reached; the text says what to change."""


def join(interface: str, domain_id: int) -> None:
    """Open the SDK's DDS channels on one network interface. The SDK allows one domain and interface a process.

    Raises:
        LinkError: unknown interface, domain out of range, or this process joined another bus before.
    """
    global _joined, _participant
    interfaces = [name for _, name in socket.if_nameindex()]
    if interface not in interfaces:
        raise LinkError(f"unknown network interface '{interface}': this machine has {', '.join(interfaces)}")
    if not 0 <= domain_id <= MAX_DOMAIN_ID:
        raise LinkError(f"DDS domain id: expected 0 to {MAX_DOMAIN_ID}, got {domain_id}")
    with _lock:
        if _joined not in (None, (interface, domain_id)):
            raise LinkError(
                f"this process already talks on interface and domain {_joined}, asked for {(interface, domain_id)}: "
                "start another process"
            )
        try:
            ChannelFactoryInitialize(domain_id, interface)
        except Exception as error:  # the SDK raises the bare class
            raise LinkError(
                f"DDS cannot be opened on interface {interface}, domain {domain_id}: {error} "
                "Check that /tmp/cdds.LOG, where the SDK logs, is not another user's"
            ) from error
        if _participant is None:
            _participant = DomainParticipant(domain_id)
        _joined = (interface, domain_id)


@atexit.register
def _leave() -> None:
    """End DDS before the interpreter: its threads call listeners, the SDK's too, and crash in one that has ended."""
    domain = None if _participant is None else _participant.get_parent()
    if domain is not None:
        domain.__del__()  # the binding's only way to delete; all that is in the domain goes with it


def participant() -> DomainParticipant:
    """This process's own participant, beside the SDK's.

    Raises:
        LinkError: the process did not join a bus.
    """
    if _participant is None:
        raise LinkError("this process is on no DDS bus: call dds.join first")
    return _participant


def topic(name: str, message_type: type) -> "Topic[Any]":
    """This process's topic of that name and type, once and for all: it is never deleted.

    cyclonedds compares a new message with those of the same type that it remembers, and looks at their topic's type
    for it. If the last topic of that type was deleted meanwhile, it reads freed memory, and the process may crash.

    Raises:
        LinkError: the process did not join a bus.
    """
    with _lock:
        if (name, message_type) not in _topics:
            _topics[name, message_type] = Topic(participant(), name, message_type)
        return _topics[name, message_type]


class Frame:
    """A message as it travels: ``data`` is its CDR encoding with the 4-byte header."""

    __slots__ = ("data", "sample_info")
    sample_info: SampleInfo
    """Set by cyclonedds when it reads."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def serialize(self, **_: Any) -> bytes:
        """Called by cyclonedds when it writes."""
        return self.data

    @classmethod
    def deserialize(cls, data: bytes) -> "Frame":
        """Called by cyclonedds when it reads."""
        return cls(data)

    @classmethod
    def deserialize_key(cls, data: bytes) -> "Frame":
        """Called by cyclonedds when it reads that a writer ended."""
        return cls(data)


@functools.cache
def frame_type(message_type: type[IdlStruct]) -> type[Frame]:
    """A ``Frame`` that is announced on the bus as ``message_type``; give it to ``Publication`` and ``Subscription``."""
    names = ("__idl__", "__idl_typename__", "__idl_annotations__", "__idl_field_annotations__")
    return type(f"{message_type.__name__}Frame", (Frame,), {name: getattr(message_type, name) for name in names})
