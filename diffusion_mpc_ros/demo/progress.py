"""The demo's live line."""

from collections.abc import Iterable
from types import TracebackType

import numpy as np
from rich.console import Console
from rich.live import Live
from rich.text import Text


class Progress:
    """A context that shows what goes on in one line; where there is no terminal, each phase gets a line of its own.

    Args:
        console: Where to; standard error, so that standard output holds results only.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, refresh_per_second=8, transient=True)
        self._phase = ""

    def phase(self, name: str) -> None:
        """A new phase begins."""
        self._phase = name
        if self._console.is_terminal:
            self._live.update(Text(name))
        else:
            self._console.print(name)

    def velocity(self, commanded: np.ndarray, measured: np.ndarray) -> None:
        """Shows (v_x, v_y, yaw rate), (3,) each, beside the phase."""
        self._live.update(Text(f"{self._phase}   commanded {format_velocity(commanded)}   {format_velocity(measured)}"))

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()


def format_velocity(velocity: Iterable[float]) -> str:
    """(v_x, v_y, yaw rate), (3,), for people."""
    return "  ".join(f"{value:+5.2f}" for value in velocity)
