"""Injects every fault of docs/failsafes.md into the running stack and measures what comes of it.

Plant, guardian, planner and executor run as on the robot, over real DDS on loopback; a proxy spoils the robot's wire, a
relay the planner's, and an oracle that shares no code with the executor judges every command on the wire. The exit code
is 0 only if every row is.
"""

import argparse
import json
import logging
import random
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from diffusion_mpc_ros.demo.interruption import Interrupted, interruptible
from diffusion_mpc_ros.faults import trials_processes, trials_walking, trials_wire
from diffusion_mpc_ros.faults.outcome import Outcome
from diffusion_mpc_ros.faults.pipes import RigError
from diffusion_mpc_ros.faults.rig import Rig
from diffusion_mpc_ros.provenance import write_json

logger = logging.getLogger(__name__)

QUICK = 2
"""Trials of everything with ``--quick``."""
SEED = 6

Trial = Callable[[Rig], Outcome]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``faults``."""
    parser.add_argument("--executor-trials", type=int, default=100, metavar="N", help="of each signal (100)")
    parser.add_argument("--planner-trials", type=int, default=200, metavar="N", help="planner killed (200)")
    parser.add_argument("--state-trials", type=int, default=200, metavar="N", help="robot state lost (200)")
    parser.add_argument("--stop-trials", type=int, default=200, metavar="N", help="emergency stop (200)")
    parser.add_argument("--hold-trials", type=int, default=200, metavar="N", help="HOLD while walking (200)")
    parser.add_argument("--other-trials", type=int, default=10, metavar="N", help="every other row (10)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} trials of everything")
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose trigger contains this text")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help=f"of phases and garbage ({SEED})")
    parser.add_argument("--output", type=Path, default=Path("out/faults.json"), metavar="FILE", help="result")
    parser.add_argument("--logs", type=Path, metavar="DIR", help="keep the processes' logs here")
    parser.add_argument("--json", action="store_true", help="print the result on standard output")


def run(args: argparse.Namespace) -> int:
    """Run the trials; 0 if every row is ok, 1 if not."""
    outcomes: list[Outcome] = []
    oracle: dict[str, Any] = {"unsafe": [], "frames": {}, "broken": []}
    try:
        with interruptible(), tempfile.TemporaryDirectory() as temporary:
            for name, settings, trials in _plan(args):
                wanted = [(trigger, trial) for trigger, trial in trials if args.only in trigger]
                if wanted:
                    logs = (args.logs or Path(temporary)) / name
                    logs.mkdir(parents=True, exist_ok=True)
                    _perform(logs, settings, wanted, outcomes, oracle)
    except Interrupted as interruption:
        logger.error("%s", interruption)
        return interruption.exit_code
    rows = [outcome.row() for outcome in outcomes]
    result = {"rows": rows, "oracle": oracle, "seed": args.seed}
    write_json(args.output, result)
    if args.json:
        print(json.dumps(result, indent=2))
    return 0 if rows and all(row["ok"] for row in rows) and not oracle["unsafe"] and not oracle["broken"] else 1


def _perform(
    logs: Path,
    settings: dict[str, Any],
    trials: list[tuple[str, Trial]],
    outcomes: list[Outcome],
    oracle: dict[str, Any],
) -> None:
    """Trials on one rig; one that breaks the rig is noted, and the rest goes on with a new one."""
    waiting = list(trials)
    while waiting:
        try:
            with Rig(logs, **settings) as rig:
                try:
                    while waiting:
                        trigger, trial = waiting.pop(0)
                        outcomes.append(trial(rig))
                        row = outcomes[-1].row()
                        logger.info("%-5s %s %s: %s", "ok" if row["ok"] else "NOT", row["id"], trigger, _line(row))
                finally:
                    oracle["unsafe"] += rig.oracle.unsafe()
                    for who, count in rig.oracle.counts()["frames"].items():
                        oracle["frames"][who] = oracle["frames"].get(who, 0) + count
        except (RigError, StopIteration) as error:
            logger.error("NOT   %s: %s", trigger, error)
            oracle["broken"].append(f"{trigger}: {error}")


def _line(row: dict[str, Any]) -> str:
    worst = "never" if row["worst_ms"] is None else f"worst {row['worst_ms']:.1f} ms of {row['limit_ms']:.0f}"
    return (
        f"{row['trials']} trials, {worst}; {row['action']}{'; ' if row['failures'] else ''}{row['failures'][:2] or ''}"
    )


def _plan(args: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any], list[tuple[str, Trial]]]]:
    """Rigs and what is tried on each."""
    generator = random.Random(args.seed)

    def count(wanted: int) -> int:
        return QUICK if args.quick else wanted

    executor, other = count(args.executor_trials), count(args.other_trials)
    planner, stops = count(args.planner_trials), count(args.stop_trials)
    states, holds = count(args.state_trials), count(args.hold_trials)
    kill, stop = signal.SIGKILL, signal.SIGSTOP
    for silence in ("hold", "off"):
        yield (
            f"executor {silence}",
            {"silence": silence},
            [
                (
                    f"executor {number.name} {silence}",
                    lambda rig, number=number, silence=silence: trials_processes.executor_ends(
                        rig, number, silence, executor
                    ),
                )
                for number in (stop, kill)
            ],
        )
    yield (
        "wire",
        {},
        [
            *(
                (
                    f"robot state {kind}",
                    lambda rig, kind=kind: trials_wire.state_is_spoilt(
                        rig, kind, states if kind == "off" else other, generator
                    ),
                )
                for kind in trials_wire.DAMPED
            ),
            *(
                (f"robot state {kind}", lambda rig, kind=kind: trials_wire.body_is_unwell(rig, kind, other))
                for kind in trials_wire.SETTLED
            ),
            ("stop on the remote", lambda rig: trials_wire.stop_is_pressed(rig, stops, generator)),
            ("stop by service", lambda rig: trials_wire.stop_is_called(rig, other, generator)),
            *(
                (f"command frames {kind}", lambda rig, kind=kind: trials_wire.commands_are_spoilt(rig, kind, other))
                for kind in ("off", "stuck", "garbage", "wrong", "slow", "delayed", "intermittent")
            ),
            ("second writer", lambda rig: trials_wire.somebody_else(rig, "write", other)),
            ("sport mode", lambda rig: trials_wire.somebody_else(rig, "sport", other)),
        ],
    )
    yield (
        "walking",
        {"relayed": True},
        [
            *(
                (
                    f"chunks {kind}",
                    lambda rig, kind=kind: trials_walking.chunks_are_spoilt(rig, kind, other, generator),
                )
                for kind in trials_walking.CHUNKS
            ),
            *(
                (
                    f"velocity commands {kind}",
                    lambda rig, kind=kind: trials_walking.commands_are_spoilt(rig, kind, other),
                )
                for kind in trials_walking.COMMANDS
            ),
            ("hold", lambda rig: trials_walking.hold_from_any_phase(rig, holds, generator)),
        ],
    )
    yield (
        "processes",
        {},
        [
            *(
                (
                    f"guardian {number.name}",
                    lambda rig, number=number: trials_processes.guardian_ends(rig, number, other),
                )
                for number in (stop, kill)
            ),
            *(
                (
                    f"executor {number.name}",
                    lambda rig, number=number: trials_processes.executor_is_asked_to_end(rig, number, other),
                )
                for number in (signal.SIGINT, signal.SIGTERM)
            ),
            ("planner SIGSTOP", lambda rig: trials_processes.planner_ends(rig, stop, other, generator)),
            ("planner SIGKILL", lambda rig: trials_processes.planner_ends(rig, kill, planner, generator)),
        ],
    )
