"""How smoothly one plan follows another, read off the plans themselves. No clocks and no transport here."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Seams:
    """Plans of one walk in the order they were made; each takes over ``margin`` ticks after its observation.

    Attributes:
        jumps: root mean square step of the targets from the last action of a plan to the first of the next, rad.
        steps: the same of the step that follows it, within the new plan.
    """

    margin: int
    jumps: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    _last: tuple[str, int, np.ndarray] | None = None

    def add(self, epoch: str, start_tick: int, targets: np.ndarray) -> None:
        """A plan's targets (H, 12), rad, for ``start_tick`` and the ticks after it."""
        if self._last is not None and self._last[0] == epoch:
            _, old_start, old = self._last
            row = start_tick + self.margin - 1 - old_start
            if 0 <= row < len(old) and self.margin + 1 < len(targets):
                self.jumps.append(_size(targets[self.margin] - old[row]))
                self.steps.append(_size(targets[self.margin + 1] - targets[self.margin]))
        self._last = epoch, start_tick, targets


def _size(step: np.ndarray) -> float:
    return float(np.sqrt(np.mean(step**2)))
