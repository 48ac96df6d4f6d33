"""A one-slot mailbox between threads."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds the newest item only: what was not taken when the next one arrives is forgotten."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item: T | None = None
        self._closed = False

    def put(self, item: T) -> None:
        """Replace whatever waits. Never blocks."""
        with self._condition:
            self._item = item
            self._condition.notify()

    def take(self) -> T | None:
        """Wait for an item and remove it; None once the mailbox is closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._closed or self._item is not None)
            item, self._item = self._item, None
            return None if self._closed else item

    def close(self) -> None:
        """Release whoever waits, for good."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
