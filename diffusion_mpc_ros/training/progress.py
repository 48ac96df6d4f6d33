"""Progress of long work: a bar on a terminal, a line now and then in a log."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

log = logging.getLogger(__name__)

LOG_PERIOD_S = 60.0

Advance = Callable[[int, str], None]
"""Takes how much is completed and a text on how it goes."""


@contextmanager
def training_progress(name: str, total: int) -> Iterator[Advance]:
    """Shows the progress of ``name`` towards ``total`` on stderr."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _log_lines(name, total)
        return
    columns = (
        TextColumn(f"[bold]{name}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[status]}"),
    )
    with Progress(*columns, console=console, refresh_per_second=2) as progress:
        task = progress.add_task(name, total=total, status="")
        yield lambda completed, status: progress.update(task, completed=completed, status=status)


def _log_lines(name: str, total: int) -> Advance:
    due = time.monotonic()

    def advance(completed: int, status: str) -> None:
        nonlocal due
        if time.monotonic() >= due or completed == total:
            log.info("%s %d/%d: %s", name, completed, total, status)
            due = time.monotonic() + LOG_PERIOD_S

    return advance
