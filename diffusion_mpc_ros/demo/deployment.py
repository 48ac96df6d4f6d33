"""`evaluate deployment`: the deployment ablation (section VI-B4, Table VI) over the real stack.

Plant, guardian, planner and executor run as separate processes on loopback, in real time, once for each configuration.
The robot walks the paper's sequence again and again: forward, turning, backward. A motion counts if the robot stayed up
and its mean velocity over the last two seconds is close to the command.

Configurations that were run already are kept beside the result, and not run again.
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.demo.conductor import Conductor, DemoFailure
from diffusion_mpc_ros.demo.control_report import control_figures
from diffusion_mpc_ros.demo.deployment_configs import CONFIGURATIONS, Configuration
from diffusion_mpc_ros.demo.deployment_operator import DeploymentOperator
from diffusion_mpc_ros.demo.domains import free_domain_ids
from diffusion_mpc_ros.demo.interruption import Interrupted, interruptible
from diffusion_mpc_ros.demo.measurement import percentiles
from diffusion_mpc_ros.demo.processes import ProcessDied, Processes
from diffusion_mpc_ros.demo.progress import Progress
from diffusion_mpc_ros.demo.sequence import SEQUENCE
from diffusion_mpc_ros.demo.stack import INTERFACE, Stack
from diffusion_mpc_ros.demo.witness import Witness
from diffusion_mpc_ros.journal import Journal, JournalError
from diffusion_mpc_ros.provenance import write_json

MOTIONS = SEQUENCE[:3]
BUSY = "import os; os.sched_setaffinity(0, {0})\nwhile True: pass"
"""Takes a core: the first one."""
USER_ERRORS = (JournalError,)


@dataclass
class Record:
    """What became of a configuration's trials.

    Attributes:
        done: trials by motion's name in which it was walked as told.
        trials: how many there were.
        figures: of every session, merged: lists of numbers.
        failures: why trials ended early, one line each.
    """

    trials: int = 0
    done: dict[str, int] = field(default_factory=lambda: {motion.name: 0 for motion in MOTIONS})
    figures: dict[str, list[float]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def hear(self, operator: DeploymentOperator) -> None:
        """Take over what a session's operator has heard."""
        control = control_figures(operator.control_reports)
        heard: dict[str, Sequence[float | int | None]] = {
            "compute_ms": operator.compute_ms,
            "latency_ms": operator.action_ms,
            "candidates": operator.candidates,
            "jumps": operator.seams.jumps,
            "steps": operator.seams.steps,
            "control_hz": [control["rate_hz"]],
            "missed_ticks": [control["missed_ticks"]],
        }
        for name, values in heard.items():
            self.figures.setdefault(name, []).extend(float(value) for value in values if value is not None)

    def row(self, name: str, configuration: Configuration) -> dict[str, Any]:
        """A row of the result."""
        figures = self.figures
        return {
            "config": name,
            "control_hz": _mean(figures["control_hz"]),
            "missed_ticks": sum(figures["missed_ticks"]),
            "compute_ms": percentiles(figures["compute_ms"]),
            "latency_ms": percentiles([value for value in figures["latency_ms"] if np.isfinite(value)]),
            "candidates": _mean(figures["candidates"]),
            "seam_rad": _mean(figures["jumps"]),
            "step_rad": _mean(figures["steps"]),
            **{motion: count / self.trials for motion, count in self.done.items()},
            "trials": self.trials,
            "core_loaded": configuration.core_loaded,
            "state_rate_hz": configuration.state_rate_hz,
            "planner": dict(configuration.planner),
            "executor": dict(configuration.executor),
            "failures": self.failures,
        }


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def run_configuration(
    configuration: Configuration, trials: int, domains: tuple[int, int], model: str | None, progress: Progress
) -> Record:
    """Walk the sequence ``trials`` times; after a fall the stack is started anew."""
    record = Record()
    while record.trials < trials:
        with tempfile.TemporaryDirectory() as directory:
            _session(configuration, trials, domains, model, Path(directory), record, progress)
    return record


def _session(
    configuration: Configuration,
    trials: int,
    domains: tuple[int, int],
    model: str | None,
    directory: Path,
    record: Record,
    progress: Progress,
) -> None:
    robot_domain, ros_domain = domains
    with Processes(directory) as processes:
        stack = Stack(
            *(processes, robot_domain, ros_domain, model, directory / "recording.npz", directory / "ros"),
            planner=configuration.planner,
            executor=configuration.executor,
            state_rate_hz=configuration.state_rate_hz,
        )
        stack.isolate()
        if configuration.core_loaded:
            processes.start("load", [sys.executable, "-c", BUSY], dict(os.environ))
        with DeploymentOperator(ros_domain, configuration.margin) as operator:
            with Witness(INTERFACE, robot_domain) as witness:
                conductor = Conductor(stack, processes, operator, witness, progress)
                try:
                    conductor.bring_up()
                    conductor.stand()
                    while record.trials < trials:
                        conductor.walk(MOTIONS)
                        record.trials += 1
                        _count(conductor, witness, record)
                        conductor.halt()
                except (DemoFailure, ProcessDied) as failure:
                    record.trials += 1
                    _count(conductor, witness, record)
                    record.failures.append(f"{failure}; {conductor.aftermath()}")
            record.hear(operator)


def _count(conductor: Conductor, witness: Witness, record: Record) -> None:
    """Count the motions of the newest trial that were walked as told, to the end."""
    for walked in conductor.walked:
        velocity = witness.record.mean_velocity(walked.measured_from, walked.end)
        record.done[walked.segment.name] += walked.segment.deviation(velocity) is None
    conductor.walked.clear()


def print_report(rows: Sequence[Mapping[str, Any]]) -> None:
    """The rows as a table on stdout."""
    table = Table(title="Deployment (Table VI)")
    table.add_column("configuration", min_width=24)
    for column in ("Hz", "N", "compute p50/p99 ms", "latency p50/p99 ms", "seam/step rad", "fwd", "turn", "back"):
        table.add_column(column, justify="right")
    for row in rows:
        compute, latency = row["compute_ms"], row["latency_ms"]
        table.add_row(
            row["config"],
            _text("{:.1f}", row["control_hz"]),
            _text("{:.0f}", row["candidates"]),
            f"{_text('{:.1f}', compute['p50'])} / {_text('{:.1f}', compute['p99'])}",
            f"{_text('{:.1f}', latency['p50'])} / {_text('{:.1f}', latency['p99'])}",
            f"{_text('{:.3f}', row['seam_rad'])} / {_text('{:.3f}', row['step_rad'])}",
            *(f"{row[motion.name]:.0%}" for motion in MOTIONS),
        )
    Console().print(table)


def _text(form: str, value: float | None) -> str:
    return "–" if value is None else form.format(value)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="NAME", help="model bundle: a name under models/, or a path with a slash")
    parser.add_argument("--trials", type=int, default=20, help="of each configuration (default: %(default)s)")
    parser.add_argument(
        "--configs", nargs="+", metavar="NAME", help=f"which, by the start of their names: {'; '.join(CONFIGURATIONS)}"
    )
    parser.add_argument("--quick", action="store_true", help="one trial of each, which only shows that it works")
    parser.add_argument("--json", type=Path, help="write the rows here")


def run(args: argparse.Namespace) -> int:
    wanted = tuple(args.configs or CONFIGURATIONS)
    chosen = {name: each for name, each in CONFIGURATIONS.items() if name.startswith(wanted)}
    trials = 1 if args.quick else args.trials
    journal = Journal(None if args.json is None else args.json.with_suffix(".trials.jsonl"), ("row",))
    robot_domain, ros_domain = free_domain_ids(2, random.Random())
    rows = []
    console = Console(stderr=True)
    try:
        with interruptible(), Progress(console) as progress:
            for name, configuration in chosen.items():
                progress.phase(name)
                known_by = {"config": name, "trials": trials, "model": args.model, **asdict(configuration)}
                if known_by not in journal:
                    record = run_configuration(configuration, trials, (robot_domain, ros_domain), args.model, progress)
                    journal.add(known_by, row=record.row(name, configuration))
                rows.append(journal[known_by]["row"])
    except Interrupted as interruption:
        console.print(f"evaluate deployment {interruption}; every process has been ended", markup=False)
        return interruption.exit_code
    print_report(rows)
    if args.json is not None:
        write_json(args.json, {"rows": rows, "model": args.model or "walk", "revisions": journal.revisions})
    return 0
