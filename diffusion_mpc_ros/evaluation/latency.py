"""Timing of one call, many times over."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

WARM_UP = 3
SIZE = 1024
"""Rows and columns of the matrices whose product tells a machine's rate: enough to fill its caches and its units."""


@dataclass(frozen=True)
class Latency:
    """Of ``count`` calls, ms."""

    p50_ms: float
    p99_ms: float
    p999_ms: float
    count: int


def measured(call: Callable[[], object], seconds: float, least: int) -> Latency:
    """Time calls for about ``seconds``, but no fewer than ``least``, after a few that do not count."""
    for _ in range(WARM_UP):
        call()
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < least or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    p50, p99, p999 = (float(value) for value in np.percentile(1e3 * np.array(times), [50.0, 99.0, 99.9]))
    return Latency(p50, p99, p999, len(times))


def matrix_rate() -> float:
    """Floating point operations a second that this machine does in a product of large float32 matrices."""
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, SIZE, SIZE), np.float32)
    latency = measured(lambda: a @ b, seconds=1.0, least=10)
    return 2.0 * SIZE**3 / (latency.p50_ms * 1e-3)
