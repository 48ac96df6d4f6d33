"""Messages of the robot as they come, until told to stop."""

import atexit
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from cyclonedds.core import Listener
from cyclonedds.internal import InvalidSample
from cyclonedds.sub import DataReader

from diffusion_mpc_ros.robot import dds

READ_AT_ONCE = 10

Message = TypeVar("Message")

_open: set["Subscription[Any]"] = set()


class Subscription(Generic[Message]):
    """Hands every message on a topic to ``handle``, in a thread of DDS, until ``close``. Needs ``dds.join`` first.

    The SDK's own subscriber can hang its process when it is closed: if a message is being delivered just then, the
    delivering thread is the last to hold the reader, deletes it, and waits in there for its own delivery to end.

    Args:
        topic: the name on the bus, e.g. ``rt/lowstate``.
        message_type: a type of the SDK, or ``dds.frame_type`` of one.
        handle: must not close the subscription.
    """

    def __init__(self, topic: str, message_type: type[Message], handle: Callable[[Message], None]) -> None:
        self._handle = handle
        self._listener = Listener(on_data_available=self._deliver)
        described = dds.topic(topic, message_type)
        self._reader: DataReader | None = DataReader(dds.participant(), described, listener=self._listener)
        _open.add(self)  # or it may be collected as garbage, which the delivering thread may come to do

    def close(self) -> None:
        """Hand on nothing more, once the message that is being handed on is. May be called again."""
        if self._reader is not None:
            self._reader.set_listener(None)  # waits for a delivery to end
            self._reader = None
            _open.discard(self)

    def _deliver(self, reader: DataReader | None) -> None:
        if reader is None:  # delivered before the constructor knows its own reader; the next delivery brings this, too
            return
        for message in reader.take(READ_AT_ONCE):
            if not isinstance(message, InvalidSample):
                self._handle(message)


@atexit.register
def _close_all() -> None:
    """Threads that deliver cannot enter an interpreter that ends, which waits for them."""
    for subscription in list(_open):
        subscription.close()
