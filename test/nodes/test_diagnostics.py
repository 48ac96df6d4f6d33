import pytest
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticStatus

from diffusion_mpc_ros.nodes.diagnostics import LatencyWindow, report


def test_percentiles_in_milliseconds() -> None:
    window = LatencyWindow()
    for milliseconds in range(1, 102):
        window.add(milliseconds / 1e3)
    assert window.summary("plan") == {"plan_p50_ms": "51.00", "plan_p99_ms": "100.00", "plan_max_ms": "101.00"}


def test_nothing_is_said_of_no_latencies() -> None:
    assert LatencyWindow().summary("plan") == {}


def test_only_the_newest_latencies_count() -> None:
    window = LatencyWindow(length=2)
    for seconds in (9.0, 0.001, 0.003):
        window.add(seconds)
    assert float(window.summary("plan")["plan_max_ms"]) == pytest.approx(3.0)


def test_a_report_holds_one_status() -> None:
    array = report(Time(sec=1), "/planner: planning", "walk", DiagnosticStatus.OK, "idle", {"plans": 3})
    (status,) = array.status
    assert (status.name, status.message) == ("/planner: planning", "idle")
    assert [(pair.key, pair.value) for pair in status.values] == [("plans", "3")]
