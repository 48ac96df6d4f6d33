"""Conditions that count only once they have lasted."""


class Persistence:
    """Tells whether something has been present without a break for ``duration_s``, by the times it is given."""

    def __init__(self, duration_s: float) -> None:
        self._duration_s = duration_s
        self._since_s: float | None = None

    def lasts(self, present: bool, now_s: float) -> bool:
        """Whether it lasts, given whether it is present at ``now_s`` (monotonic, s)."""
        if not present:
            self._since_s = None
            return False
        if self._since_s is None:
            self._since_s = now_s
        return now_s - self._since_s >= self._duration_s
