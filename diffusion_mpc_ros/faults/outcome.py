"""What came of one row's trials."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Outcome:
    """Trials of one row: how long each took, what was done, and what went wrong."""

    id: str
    """Number of the row in docs/failsafes.md and a word."""
    trigger: str
    """The fault that was injected."""
    limit_ms: float
    """Longest time allowed, ms."""
    times_ms: list[float] = field(default_factory=list)
    actions: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def seen(self, time_s: float | None, action: str) -> None:
        """A trial ended with an action, ``time_s`` after the fault; None if it never came."""
        if time_s is None:
            self.failures.append(f"trial {len(self.times_ms) + len(self.failures)}: no {action}")
            return
        self.times_ms.append(1e3 * time_s)
        self.actions[action] += 1

    def failed(self, text: str) -> None:
        """Something that must not happen did."""
        self.failures.append(f"trial {len(self.times_ms)}: {text}")

    def row(self) -> dict[str, Any]:
        """As it is reported."""
        worst = max(self.times_ms, default=None)
        return {
            "id": self.id,
            "trigger": self.trigger,
            "trials": len(self.times_ms),
            "worst_ms": worst,
            "limit_ms": self.limit_ms,
            "action": ", ".join(f"{action} x {count}" for action, count in sorted(self.actions.items())),
            "failures": self.failures,
            "ok": worst is not None and worst <= self.limit_ms and not self.failures,
        }
