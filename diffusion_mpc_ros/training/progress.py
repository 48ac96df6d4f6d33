"""The progress bar of training commands."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@contextmanager
def training_progress(name: str, total: int) -> Iterator[Callable[[int, str], None]]:
    """Shows progress on stderr; yields ``advance(completed, status text)``."""
    columns = (
        TextColumn(f"[bold]{name}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[status]}"),
    )
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=2) as progress:
        task = progress.add_task(name, total=total, status="")

        def advance(completed: int, status: str) -> None:
            progress.update(task, completed=completed, status=status)

        yield advance
