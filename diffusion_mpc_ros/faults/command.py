"""Injects every fault of docs/failsafes.md into the running stack and measures what comes of it.

Plant, guardian, planner and executor run as on the robot, over real DDS on loopback; a proxy spoils the robot's wire, a
relay the planner's, and an oracle that shares no code with the executor judges every command on the wire. The exit code
is 0 only if every row is.
"""

import argparse
import json
import logging
import random
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

from diffusion_mpc_ros.demo.interruption import Interrupted, interruptible
from diffusion_mpc_ros.demo.processes import ProcessDied
from diffusion_mpc_ros.faults.outcome import Outcome
from diffusion_mpc_ros.faults.pipes import RigError
from diffusion_mpc_ros.faults.plan import Counts, Trial, scenes
from diffusion_mpc_ros.faults.rig import Rig
from diffusion_mpc_ros.provenance import write_json

logger = logging.getLogger(__name__)

QUICK = 2
"""Trials of everything with ``--quick``."""
SEED = 6


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
    rows: list[dict[str, Any]] = []
    oracle: dict[str, Any] = {"unsafe": [], "frames": {}}
    try:
        with interruptible(), tempfile.TemporaryDirectory() as temporary:
            for scene in scenes(_counts(args), random.Random(args.seed)):
                trials = {name: trial for name, trial in scene.trials.items() if args.only in name}
                logs = (args.logs or Path(temporary)) / scene.name.replace(" ", "_")
                logs.mkdir(parents=True, exist_ok=True)
                while trials:
                    _perform(Rig(logs, **scene.settings), trials, rows, oracle)
    except Interrupted as interruption:
        logger.error("%s", interruption)
        return interruption.exit_code
    result = {"rows": rows, "oracle": oracle, "seed": args.seed}
    write_json(args.output, result)
    if args.json:
        print(json.dumps(result, indent=2))
    return 0 if rows and all(row["ok"] for row in rows) and not oracle["unsafe"] else 1


def _counts(args: argparse.Namespace) -> Counts:
    names = [field.name for field in fields(Counts)]
    return Counts(**{name: QUICK if args.quick else getattr(args, f"{name}_trials") for name in names})


def _perform(rig: Rig, trials: dict[str, Trial], rows: list[dict[str, Any]], oracle: dict[str, Any]) -> None:
    """Trials on one rig, each taken out of ``trials``; one that breaks the rig leaves the rest for the next."""
    name = "start"
    try:
        with rig:
            try:
                for name in list(trials):
                    trials.pop(name)(rig)
                    logger.info("%s: %s", name, _line(rig.outcomes[-1].row()))
            finally:
                oracle["unsafe"] += rig.oracle.unsafe()
                for who, count in rig.oracle.counts()["frames"].items():
                    oracle["frames"][who] = oracle["frames"].get(who, 0) + count
    except (RigError, ProcessDied) as error:
        logger.error("%s: %s", name, error)
        broken = rig.outcomes[-1] if rig.outcomes else rig.begin(Outcome("–", "the stack starts", 0.0))
        broken.failed(str(error))
        if name == "start":
            trials.clear()
    rows += [outcome.row() for outcome in rig.outcomes]


def _line(row: dict[str, Any]) -> str:
    verdict = "ok" if row["ok"] else "NOT OK"
    worst = "never" if row["worst_ms"] is None else f"worst {row['worst_ms']:.1f} ms of {row['limit_ms']:.0f}"
    return "; ".join([verdict, f"{row['trials']} trials, {worst}", row["action"], *row["failures"][:2]])
