import math

import pytest

from diffusion_mpc_ros.nodes.action_latency import REMEMBERED, ActionLatency


def test_the_first_action_of_a_plan_counts() -> None:
    latency = ActionLatency()
    latency.asked(("a", 0), 10.0)
    latency.asked(("a", 1), 10.02)
    latency.acted(("a", 1), 10.03)
    latency.acted(("a", 1), 10.05)
    assert latency.of(("a", 1)) == pytest.approx(0.01)
    assert math.isnan(latency.of(("a", 0)))
    assert latency.window.summary("x")["x_max_ms"] == "10.00"


def test_a_plan_that_was_not_asked_for_has_no_latency() -> None:
    latency = ActionLatency()
    latency.acted(("b", 5), 1.0)
    assert math.isnan(latency.of(("b", 5)))
    assert latency.window.summary("x") == {}


def test_what_is_never_answered_is_forgotten() -> None:
    latency = ActionLatency()
    for tick in range(3 * REMEMBERED):
        latency.asked(("a", tick), float(tick))
    latency.acted(("a", 0), 1000.0)
    assert math.isnan(latency.of(("a", 0)))
    latency.acted(("a", 3 * REMEMBERED - 1), 1000.0)
    assert not math.isnan(latency.of(("a", 3 * REMEMBERED - 1)))
