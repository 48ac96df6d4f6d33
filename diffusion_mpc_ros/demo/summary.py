"""The demo's result as one JSON document, and the verdict on it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffusion_mpc_ros.demo.sequence import Segment


@dataclass(frozen=True)
class MeasuredSegment:
    """A segment that was walked and its mean (v_x, v_y, yaw rate), (3,), over its last seconds."""

    segment: Segment
    measured: np.ndarray


@dataclass(frozen=True)
class Summary:
    """All that is reported of a run.

    Attributes:
        fell: Whether the robot fell.
        segments: What was walked, in order.
        plan_latency_ms: ``p50``, ``p99`` and ``max``, from the observation to the publication of the chunk.
        control: ``rate_hz``, ``missed_ticks`` and ``late_chunks`` of the executor.
        failures: Why the run does not count, one line each; none if it does.
    """

    fell: bool
    segments: Sequence[MeasuredSegment]
    plan_latency_ms: Mapping[str, float | None]
    control: Mapping[str, float | int | None]
    failures: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        """JSON values; what was not measured is None."""
        return {
            "fell": self.fell,
            "segments": [
                {
                    "name": walked.segment.name,
                    "command": list(walked.segment.command),
                    "measured": [float(value) if math.isfinite(value) else None for value in walked.measured],
                }
                for walked in self.segments
            ],
            "plan_latency_ms": dict(self.plan_latency_ms),
            "control": dict(self.control),
            "failures": list(self.failures),
        }


def deviations(segments: Sequence[MeasuredSegment]) -> list[str]:
    """One line for each segment whose mean is off by more than the tolerance."""
    found = (walked.segment.deviation(walked.measured) for walked in segments)
    return [text for text in found if text is not None]
