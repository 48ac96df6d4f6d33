"""What processes use: memory, file descriptors, threads; and whether it grows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

TOLERANCE: Mapping[str, tuple[float, float]] = {"rss_mb": (1.1, 10.0), "descriptors": (1.0, 4.0), "threads": (1.0, 2.0)}
"""Share and amount by which the last quarter's median may exceed the first half's."""
LEAST_SAMPLES = 8


class Usage:
    """Samples the processes of a mapping of names to ids, which may change."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        self.samples: dict[str, list[dict[str, Any]]] = {}
        """By process: its id and what it used, in order of time."""

    def sample(self) -> None:
        """Take a sample of each process that lives."""
        for name, pid in self._pids.items():
            used = _used(pid)
            if used is not None:
                self.samples.setdefault(name, []).append(used)


def growth(samples: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """One line for each figure that grew, over the samples of the process id that was seen most."""
    grown = []
    for name, all_samples in samples.items():
        ids = [sample["pid"] for sample in all_samples]
        longest = max(set(ids), key=ids.count)
        own = [sample for sample in all_samples if sample["pid"] == longest]
        if len(own) < LEAST_SAMPLES:
            continue
        for figure, (share, amount) in TOLERANCE.items():
            values = [float(sample[figure]) for sample in own]
            early = median(values[len(values) // 8 : len(values) // 2])
            late = median(values[-(len(values) // 4) :])
            if late > early * share + amount:
                grown.append(f"{name} {figure}: {early:g} early, {late:g} late")
    return grown


def _used(pid: int) -> dict[str, Any] | None:
    process = Path("/proc", str(pid))
    try:
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        descriptors = len(list((process / "fd").iterdir()))
    except (FileNotFoundError, ProcessLookupError):
        return None
    if "VmRSS" not in status:  # it has ended, and nobody waited for it yet
        return None
    resident_mb = int(status["VmRSS"].split()[0]) / 1024
    return {"pid": pid, "rss_mb": resident_mb, "descriptors": descriptors, "threads": int(status["Threads"])}
