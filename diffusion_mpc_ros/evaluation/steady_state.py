"""Whether anything grows that is done over and over."""

import gc
import resource
import sys
from collections.abc import Callable
from typing import Any

SETTLING = 200
"""Calls before the first look, in which caches fill."""


def growth(call: Callable[[], object], count: int) -> dict[str, Any]:
    """What ``count`` calls leave behind: blocks of Python's memory, and the most that the process ever held, KiB."""
    for _ in range(SETTLING):
        call()
    blocks, peak = _held()
    for _ in range(count):
        call()
    later_blocks, later_peak = _held()
    return {
        "calls": count,
        "blocks": later_blocks - blocks,
        "peak_growth_kib": later_peak - peak,
        "peak_kib": later_peak,
    }


def _held() -> tuple[int, int]:
    gc.collect()
    return sys.getallocatedblocks(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
