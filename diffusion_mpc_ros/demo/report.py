"""The demo's closing table."""

from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.demo.progress import format_velocity
from diffusion_mpc_ros.demo.summary import Summary


def print_report(console: Console, summary: Summary) -> None:
    """Prints what was commanded and measured, how the planner and the executor kept up, and what went wrong."""
    console.print(_segments(summary))
    console.print(_timing(summary))
    for failure in summary.failures:
        console.print(f"FAILED  {failure}", style="bold red", markup=False, soft_wrap=True)
    if not summary.failures:
        console.print("passed: every segment within tolerance, the robot stayed on its feet", style="bold green")


def _segments(summary: Summary) -> Table:
    table = Table("segment", "commanded", "measured", title="v_x [m/s]  v_y [m/s]  yaw rate [rad/s]")
    for walked in summary.segments:
        commanded, measured = format_velocity(walked.segment.command), format_velocity(walked.measured)
        off = walked.segment.deviation(walked.measured) is not None
        table.add_row(walked.segment.name, commanded, measured, style="red" if off else None)
    return table


def _timing(summary: Summary) -> Table:
    latency, control = summary.plan_latency_ms, summary.control
    table = Table("plan latency p50 / p99 / max", "control rate", "missed ticks", "late chunks")
    table.add_row(
        " / ".join(_number(latency[key], "{:.1f}") for key in ("p50", "p99", "max")) + " ms",
        _number(control["rate_hz"], "{:.2f} Hz"),
        _number(control["missed_ticks"], "{}"),
        _number(control["late_chunks"], "{}"),
    )
    return table


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)
