"""Growth is told from noise."""

import os
from typing import Any

from diffusion_mpc_ros.faults.usage import Usage, growth


def samples(values: list[float], pid: int = 1) -> list[dict[str, Any]]:
    return [{"pid": pid, "rss_mb": value, "descriptors": 20, "threads": 8} for value in values]


def test_a_leak_is_told_and_noise_is_not() -> None:
    assert growth({"executor": samples([100.0 + i % 7 for i in range(100)])}) == []
    (line,) = growth({"executor": samples([100.0 + i for i in range(100)])})
    assert line.startswith("executor rss_mb: ")


def test_a_process_that_was_replaced_is_judged_by_itself() -> None:
    assert growth({"planner": samples([100.0] * 50, pid=1) + samples([300.0] * 20, pid=2)}) == []


def test_what_this_process_uses() -> None:
    usage = Usage({"me": os.getpid(), "nobody": 2**22 + 1})
    usage.sample()
    assert set(usage.samples) == {"me"}
    (sample,) = usage.samples["me"]
    assert sample["rss_mb"] > 1.0
    assert sample["descriptors"] >= 3
    assert sample["threads"] >= 1
