"""How long the phases of a plan take."""

import time

PHASES = ("denoiser", "guidance", "projection", "ranking")
"""What Algorithm 1 spends its time on: lines 4, 5, 6 and 9."""


class Stopwatch:
    """Adds up the time spent in each of ``PHASES``."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PHASES, 0.0)
        self._since = time.perf_counter()

    def lap(self, phase: str) -> None:
        """What ran since the lap before counts as ``phase``."""
        now = time.perf_counter()
        self.seconds[phase] += now - self._since
        self._since = now
