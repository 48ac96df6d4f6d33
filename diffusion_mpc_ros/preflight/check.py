"""One line of the preflight list."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """What was looked at, whether it is as it should be, what was seen, and what to do if it is not."""

    name: str
    ok: bool
    seen: str
    advice: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        line = f"{'ok ' if self.ok else 'NOT'} {self.name:<14} {self.seen}"
        return line if self.ok else f"{line}: {self.advice}"


def attempt(name: str, look: Callable[[], Check], advice: str, *errors: type[Exception]) -> Check:
    """A check whose ``errors`` are findings, too."""
    try:
        return look()
    except errors as error:
        return Check(name, False, " ".join(str(error).split()), advice)
