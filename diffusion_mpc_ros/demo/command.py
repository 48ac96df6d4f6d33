"""Walks the simulated Go2 through the whole stack, as it runs on the robot, and measures it from outside.

Plant, executor and planner run as separate processes on loopback. The robot stands up, walks 0.8 m/s forward, turns
at 1.0 rad/s, walks 0.8 m/s backward, stops, and sits down: about 30 s. The exit code is 0 only if it stayed on its
feet and every segment's mean velocity is within 0.2 m/s and 0.3 rad/s of its command.
"""

import argparse
from pathlib import Path

from rich.console import Console

from diffusion_mpc_ros.demo.interruption import Interrupted, interruptible
from diffusion_mpc_ros.demo.progress import Progress
from diffusion_mpc_ros.demo.report import print_report
from diffusion_mpc_ros.demo.session import Results, run_session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``demo``."""
    parser.add_argument("--model", metavar="NAME", help="model bundle: a name under models/, or a path with a slash")
    parser.add_argument(
        "--output", type=Path, default=Path("out/demo"), metavar="DIR", help="where results go (default: out/demo)"
    )
    parser.add_argument("--json", action="store_true", help="print summary.json on standard output instead of tables")


def run(args: argparse.Namespace) -> int:
    """Runs the demo; returns 0 if the robot walked as commanded, 1 if not, 128 + n if ended by signal n."""
    console = Console(stderr=True)
    results = Results(args.output.absolute())
    results.directory.mkdir(parents=True, exist_ok=True)
    try:
        with interruptible(), Progress(console) as progress:
            summary = run_session(results, args.model, progress)
    except Interrupted as interruption:
        console.print(f"demo {interruption}; every process has been ended", markup=False)
        return interruption.exit_code
    if args.json:
        print(results.summary.read_text(), end="")
    else:
        print_report(Console(), summary)
    console.print(f"results: {results.directory}", markup=False, soft_wrap=True)
    return 1 if summary.failures else 0
