"""A steady beat on the monotonic clock."""

import time


class Metronome:
    """Waits for deadlines one period apart. Beats that were missed are skipped and counted, never made up in a burst.

    Args:
        period_ns: time between beats, ns.
    """

    def __init__(self, period_ns: int) -> None:
        self._period_ns = period_ns
        self._deadline_ns = time.monotonic_ns()
        self.skipped = 0
        """Beats missed so far."""

    def wait(self) -> int:
        """Sleep until the next beat; returns how many beats were missed since the last one (0 when on time)."""
        self._deadline_ns += self._period_ns
        behind_ns = time.monotonic_ns() - self._deadline_ns
        if behind_ns < 0:
            time.sleep(-behind_ns * 1e-9)
            return 0
        missed = behind_ns // self._period_ns
        self._deadline_ns += missed * self._period_ns
        self.skipped += missed
        return missed
