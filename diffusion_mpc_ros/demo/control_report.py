"""What the executor says of its control loop, read from its diagnostics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean


@dataclass(frozen=True)
class ControlReport:
    """One report.

    Attributes:
        mode: The executor's mode.
        reason: The mode and why it is in force, one line.
        rate_hz: Control ticks a second since the report before.
        missed_ticks: Ticks missed since the executor started.
        late_chunks: Chunks of which some or all ticks had elapsed when they came, since the executor started.
    """

    mode: str
    reason: str
    rate_hz: float
    missed_ticks: int
    late_chunks: int

    @classmethod
    def parse(cls, message: str, values: Mapping[str, str]) -> "ControlReport":
        """From a diagnostic status.

        Raises:
            KeyError, ValueError: a value is missing or no number.
        """
        return cls(
            mode=values["mode"],
            reason=message,
            rate_hz=float(values["control_rate_hz"]),
            missed_ticks=int(values["missed_ticks"]),
            late_chunks=int(values["late_chunks"]) + int(values["expired_chunks"]),
        )


def control_figures(reports: Sequence[ControlReport]) -> dict[str, float | int | None]:
    """Mean rate while walking, and the counts at the end; None where nothing was reported."""
    rates = [report.rate_hz for report in reports if report.mode == "walking"]
    last = reports[-1] if reports else None
    return {
        "rate_hz": fmean(rates) if rates else None,
        "missed_ticks": last.missed_ticks if last else None,
        "late_chunks": last.late_chunks if last else None,
    }
