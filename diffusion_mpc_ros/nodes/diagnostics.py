"""What the nodes tell about themselves on /diagnostics."""

from collections import deque
from collections.abc import Mapping

import numpy as np
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

PERIOD_S = 1.0
WINDOW = 1000
"""Latencies kept: about the last three minutes of plans."""


class LatencyWindow:
    """Percentiles of the newest durations. One thread adds while another reads."""

    def __init__(self, length: int = WINDOW) -> None:
        self._durations: deque[float] = deque(maxlen=length)

    def add(self, seconds: float) -> None:
        """Add one duration, s."""
        self._durations.append(seconds)

    def summary(self, name: str) -> dict[str, str]:
        """Median, 99th percentile and maximum in ms as ``<name>_p50_ms`` and so on; nothing before the first."""
        durations = list(self._durations)
        if not durations:
            return {}
        p50, p99 = np.percentile(durations, [50, 99])
        values = {"p50": p50, "p99": p99, "max": max(durations)}
        return {f"{name}_{key}_ms": f"{1e3 * value:.2f}" for key, value in values.items()}


def report(
    stamp: Time, name: str, hardware: str, level: bytes, message: str, values: Mapping[str, object]
) -> DiagnosticArray:
    """One status with its key-value pairs."""
    status = DiagnosticStatus(name=name, hardware_id=hardware, level=level, message=message)
    status.values = [KeyValue(key=key, value=str(value)) for key, value in values.items()]
    array = DiagnosticArray(status=[status])
    array.header.stamp = stamp
    return array
