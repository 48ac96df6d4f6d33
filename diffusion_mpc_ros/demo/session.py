"""One run of the demo from free domains to files: the stack is up only inside, however the run ends."""

import random
from dataclasses import dataclass
from pathlib import Path

from diffusion_mpc_ros.demo.conductor import Conductor, DemoFailure
from diffusion_mpc_ros.demo.control_report import control_figures
from diffusion_mpc_ros.demo.domains import free_domain_ids
from diffusion_mpc_ros.demo.measurement import percentiles
from diffusion_mpc_ros.demo.operator import Operator
from diffusion_mpc_ros.demo.plot import save_plot
from diffusion_mpc_ros.demo.processes import ProcessDied, Processes
from diffusion_mpc_ros.demo.progress import Progress
from diffusion_mpc_ros.demo.recording import add_commands
from diffusion_mpc_ros.demo.sequence import SEQUENCE
from diffusion_mpc_ros.demo.stack import INTERFACE, Stack
from diffusion_mpc_ros.demo.summary import MeasuredSegment, Summary, deviations
from diffusion_mpc_ros.demo.witness import Witness
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.simulation.rendering import render_video

VIDEO_SIZE = (640, 360)
"""Pixels: a third of the drawing time of 960 x 540, in which the `render` command draws the same recording."""


@dataclass(frozen=True)
class Results:
    """The files of a run in one directory.

    Attributes:
        directory: It exists.
    """

    directory: Path

    @property
    def summary(self) -> Path:
        """All figures."""
        return self.directory / "summary.json"

    @property
    def plot(self) -> Path:
        """Commanded and measured velocity over time."""
        return self.directory / "plot.png"

    @property
    def video(self) -> Path:
        """The robot."""
        return self.directory / "walk.mp4"

    @property
    def recording(self) -> Path:
        """The plant's states, from which the video is drawn."""
        return self.directory / "recording.npz"

    def clear(self) -> None:
        """Removes an earlier run's files, so that a run that fails early leaves none that look like its own."""
        for path in (self.summary, self.plot, self.video, self.recording):
            path.unlink(missing_ok=True)


def run_session(results: Results, model: str | None, progress: Progress) -> Summary:
    """Walks the sequence and writes every file of ``results``.

    Args:
        results: Where to; the processes' logs go there too.
        model: Model bundle, a name or a path (with a slash); None for the one in ``config/planner.yaml``.
        progress: Shows how far it is.

    Returns:
        The summary; what went wrong on the way is among its failures.
    """
    results.clear()
    robot_domain, ros_domain = free_domain_ids(2, random.Random())
    with Processes(results.directory) as processes:
        stack = Stack(processes, robot_domain, ros_domain, model, results.recording, results.directory / "ros")
        stack.isolate()
        with Operator(ros_domain) as operator, Witness(INTERFACE, robot_domain) as witness:
            conductor = Conductor(stack, processes, operator, witness, progress)
            failures = _perform(conductor)
    segments = [
        MeasuredSegment(each.segment, witness.record.mean_velocity(each.measured_from, each.end))
        for each in conductor.walked
    ]
    summary = Summary(
        fell=witness.record.fell,
        segments=segments,
        plan_latency_ms=percentiles(operator.latencies_ms),
        control=control_figures(operator.control_reports),
        failures=[*failures, *deviations(segments)],
    )
    write_json(results.summary, summary.as_dict())
    times, velocities = witness.record.velocities()
    save_plot(results.plot, times, velocities, conductor.walked)
    if conductor.has_walked and results.recording.exists():  # a plant that was killed leaves none
        progress.phase("drawing the video")
        add_commands(results.recording, conductor.walked)
        render_video(results.recording, results.video, size=VIDEO_SIZE)
    return summary


def _perform(conductor: Conductor) -> list[str]:
    try:
        conductor.bring_up()
        conductor.stand()
        conductor.walk(SEQUENCE)
        conductor.sit()
    except (DemoFailure, ProcessDied) as failure:
        return [f"{failure}; {conductor.aftermath()}"]
    return []
