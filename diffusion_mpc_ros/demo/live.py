"""Changes the objective of a walking robot by set calls, and measures how soon plans, actions and legs obey.

Plant, executor and planner run as separate processes on loopback. The robot walks 0.5 m/s; its rear legs are told to be
straighter, then as usual again. The exit code is 0 only if it stayed on its feet, the first action under each call came
within one replan period and the plan's own latency, and the rear calves went at least half of the way within a second.
"""

import argparse
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from diffusion_mpc_ros.demo.conductor import Conductor, DemoFailure
from diffusion_mpc_ros.demo.domains import free_domain_ids
from diffusion_mpc_ros.demo.interruption import Interrupted, interruptible
from diffusion_mpc_ros.demo.live_operator import REAR_CALVES, LiveOperator
from diffusion_mpc_ros.demo.obedience import WITHIN_S, Obedience
from diffusion_mpc_ros.demo.processes import ProcessDied, Processes
from diffusion_mpc_ros.demo.progress import Progress
from diffusion_mpc_ros.demo.sequence import Segment
from diffusion_mpc_ros.demo.stack import INTERFACE, Stack
from diffusion_mpc_ros.demo.witness import Witness
from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, STAND_POSE

VELOCITY = (0.5, 0.0, 0.0)
USUAL, STRAIGHT, AGAIN = (
    Segment("as usual", VELOCITY, 4.0),
    Segment("rear legs straight", VELOCITY, 4.0),
    Segment("as usual again", VELOCITY, 4.0),
)
CALF_TARGET = -1.05
"""rad; they walk at about -1.45."""
CALF_FLOOR, CALF_CEILING = -1.15, -1.35
"""Limits that bring the calves to CALF_TARGET and back, rad. A prior that knows many ways to walk goes on in the one
that it is in: to let go is not to bring back."""
REPLAN_PERIOD = 8
"""Ticks from a plan request to the next, H - D."""
LEAST_SHARE = 0.5


def _rear_calves(value: float, others: Any) -> list[float]:
    return [value if name in REAR_CALVES else float(other) for name, other in zip(JOINT_NAMES, others, strict=True)]


CALLS: dict[str, dict[str, Any]] = {
    STRAIGHT.name: {
        "posture.weight": 1000.0,
        "posture.target": _rear_calves(CALF_TARGET, STAND_POSE),
        "posture.mask": [name in REAR_CALVES for name in JOINT_NAMES],
        "constraints.joint_position.lower": _rear_calves(CALF_FLOOR, JOINT_LOWER),
    },
    AGAIN.name: {
        "posture.target": STAND_POSE.tolist(),
        "constraints.joint_position.lower": JOINT_LOWER.tolist(),
        "constraints.joint_position.upper": _rear_calves(CALF_CEILING, JOINT_UPPER),
    },
}
"""What is set when a segment begins."""


def run_live(directory: Path, model: str | None, progress: Progress) -> dict[str, Any]:
    """Walks, makes the calls, and writes ``live.json`` beside the processes' logs.

    Args:
        directory: It exists.
        model: Model bundle, a name or a path (with a slash); None for the one in ``config/planner.yaml``.
        progress: Shows how far it is.
    """
    results = directory / "live.json"
    results.unlink(missing_ok=True)  # a run that ends early must not leave an earlier one's
    robot_domain, ros_domain = free_domain_ids(2, random.Random())
    with Processes(directory) as processes:
        stack = Stack(processes, robot_domain, ros_domain, model, directory / "recording.npz", directory / "ros")
        stack.isolate()
        with LiveOperator(ros_domain) as operator, Witness(INTERFACE, robot_domain) as witness:
            failures = _perform(Conductor(stack, processes, operator, witness, progress), operator)
            fell = witness.record.fell
    calls = _calls(operator)
    report = {
        "fell": fell,
        "calls": {name: None if call is None else asdict(call) for name, call in calls.items()},
        "failures": [*failures, *operator.refusals, *_shortcomings(calls)],
    }
    write_json(results, report)
    return report


def _perform(conductor: Conductor, operator: LiveOperator) -> list[str]:
    def call(segment: Segment) -> None:
        if segment.name in CALLS:
            operator.set_parameters(CALLS[segment.name])

    try:
        conductor.bring_up()
        conductor.stand()
        conductor.walk((USUAL, STRAIGHT, AGAIN), at_start=call)
        conductor.sit()
    except (DemoFailure, ProcessDied) as failure:
        return [f"{failure}; {conductor.aftermath()}"]
    return []


def _calls(operator: LiveOperator) -> dict[str, Obedience | None]:
    """What came of each call; the second one's goal is where the calves were before the first."""
    calls: dict[str, Obedience | None] = dict.fromkeys(CALLS)
    goal = CALF_TARGET
    for name, call in zip(CALLS, operator.calls, strict=False):
        calls[name] = came = operator.record.obedience(call, goal)
        if came is not None:
            goal = came.calf_before
    return calls


def _shortcomings(calls: dict[str, Obedience | None]) -> list[str]:
    lines = []
    for name, came in calls.items():
        if came is None:
            lines.append(f"{name}: no plan was used under the call")
            continue
        if not came.ticks_to_plan <= REPLAN_PERIOD:
            lines.append(f"{name}: first plan after {came.ticks_to_plan:.1f} ticks, more than {REPLAN_PERIOD}")
        if not came.share >= LEAST_SHARE:
            lines.append(
                f"{name}: calves went {came.share:.0%} of the way in {WITHIN_S:g} s, less than {LEAST_SHARE:.0%}"
            )
    return lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``live``."""
    parser.add_argument("--model", metavar="NAME", help="model bundle: a name under models/, or a path with a slash")
    parser.add_argument(
        "--output", type=Path, default=Path("out/live"), metavar="DIR", help="where results go (default: out/live)"
    )
    parser.add_argument("--json", action="store_true", help="print live.json on standard output instead of a summary")


def run(args: argparse.Namespace) -> int:
    """Returns 0 if all was obeyed in time, 1 if not, 128 + n if ended by signal n."""
    console = Console(stderr=True)
    directory = args.output.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with interruptible(), Progress(console) as progress:
            report = run_live(directory, args.model, progress)
    except Interrupted as interruption:
        console.print(f"live {interruption}; every process has been ended", markup=False)
        return interruption.exit_code
    if args.json:
        print((directory / "live.json").read_text(), end="")
    else:
        print_report(Console(), report)
    return 1 if report["failures"] else 0


def print_report(console: Console, report: dict[str, Any]) -> None:
    """A line for each call, and one for each failure."""
    for name, came in report["calls"].items():
        if came is not None:
            console.print(
                f"{name}: first action after {came['ticks_to_action']:.1f} ticks ({came['ms_to_action']:.0f} ms); "
                f"rear calves {came['calf_before']:+.2f} → {came['calf_after']:+.2f} rad in {WITHIN_S:g} s, "
                f"{came['share']:.0%} of the way",
                markup=False,
                soft_wrap=True,
            )
    for failure in report["failures"]:
        console.print(failure, markup=False, soft_wrap=True)
