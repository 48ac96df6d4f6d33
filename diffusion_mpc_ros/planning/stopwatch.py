"""How long the phases of a plan take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

PHASES = ("denoiser", "guidance", "projection", "ranking")
"""What Algorithm 1 spends its time on: lines 4, 5, 6 and 9."""


class Stopwatch:
    """Adds up the time spent in each of ``PHASES``."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PHASES, 0.0)

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        """What runs inside counts as ``phase``."""
        began = time.perf_counter()
        yield
        self.seconds[phase] += time.perf_counter() - began
