"""Injects every fault of docs/failsafes.md into the running stack and measures what comes of it.

Plant, guardian, planner and executor run as on the robot, over real DDS on loopback; a proxy spoils the robot's wire, a
relay the planner's, and an oracle that shares no code with the executor judges every command on the wire. The exit code
is 0 only if every row is.

Finished trials are kept beside the result: the same command goes on where it was interrupted, and ``--only`` can fill
the table in parts.
"""

import argparse
import json
import logging
import tempfile
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

from diffusion_mpc_ros.demo.interruption import Interrupted, interruptible
from diffusion_mpc_ros.demo.processes import ProcessDied
from diffusion_mpc_ros.faults.outcome import Outcome
from diffusion_mpc_ros.faults.pipes import RigError
from diffusion_mpc_ros.faults.plan import Counts, Trials, scenes
from diffusion_mpc_ros.faults.rig import Rig
from diffusion_mpc_ros.journal import Journal, JournalError
from diffusion_mpc_ros.provenance import write_json

logger = logging.getLogger(__name__)

USER_ERRORS = (JournalError,)

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
    """Run the trials that the journal does not know; 0 if every row is ok, 1 if not."""
    journal = Journal(args.output.with_suffix(".trials.jsonl"), ("row", "unsafe", "frames"))
    broken: list[dict[str, Any]] = []
    asked: list[dict[str, Any]] = []
    try:
        with interruptible(), tempfile.TemporaryDirectory() as temporary:
            for scene in scenes(_counts(args), args.seed):
                chosen = {name: trials for name, trials in scene.trials.items() if args.only in name}
                keys = {name: _key(name, trials, args.seed) for name, trials in chosen.items()}
                asked += keys.values()
                missing = {name: trials for name, trials in chosen.items() if keys[name] not in journal}
                logs = (args.logs or Path(temporary)) / scene.name.replace(" ", "_")
                logs.mkdir(parents=True, exist_ok=True)
                while missing:
                    broken += _perform(Rig(logs, **scene.settings), missing, keys, journal)
    except Interrupted as interruption:
        logger.error("%s", interruption)
        return interruption.exit_code
    result = {**_summary([journal[key] for key in asked if key in journal], broken), "seed": args.seed}
    write_json(args.output, result | {"revisions": journal.revisions})
    if args.json:
        print(json.dumps(result, indent=2))
    return 0 if result["rows"] and all(row["ok"] for row in result["rows"]) and not result["oracle"]["unsafe"] else 1


def _key(name: str, trials: Trials, seed: int) -> dict[str, Any]:
    return {"name": name, "trials": trials.keywords["trials"], "seed": seed}


def _summary(entries: list[dict[str, Any]], broken: list[dict[str, Any]]) -> dict[str, Any]:
    """All rows, and what the oracle saw meanwhile."""
    frames: Counter[str] = Counter()
    for entry in entries:
        frames.update(entry["frames"])
    unsafe = [line for entry in entries for line in entry["unsafe"]]
    rows = [entry["row"] for entry in entries] + broken
    return {"rows": rows, "oracle": {"unsafe": unsafe, "frames": frames}}


def _counts(args: argparse.Namespace) -> Counts:
    names = [field.name for field in fields(Counts)]
    return Counts(**{name: QUICK if args.quick else getattr(args, f"{name}_trials") for name in names})


def _perform(
    rig: Rig, missing: dict[str, Trials], keys: dict[str, dict[str, Any]], journal: Journal
) -> list[dict[str, Any]]:
    """Trials on one rig, each taken out of ``missing`` and kept. Those that break the rig leave the rest for the next,
    and are not kept: their rows are returned.
    """
    name, told, frames = "start", 0, Counter[str]()
    try:
        with rig:
            for name in list(missing):
                missing.pop(name)(rig)
                row, unsafe = rig.outcomes.pop().row(), rig.oracle.unsafe()[told:]
                now = Counter(rig.oracle.counts()["frames"])
                journal.add(keys[name], row=row, unsafe=unsafe, frames=now - frames)
                told, frames = told + len(unsafe), now
                logger.info("%s: %s", name, _line(row))
    except (RigError, ProcessDied) as error:
        logger.error("%s: %s", name, error)
        outcome = rig.outcomes[-1] if rig.outcomes else rig.begin(Outcome("–", "the stack starts", 0.0))
        for failure in [str(error), *rig.oracle.unsafe()[told:]]:
            outcome.failed(failure)
        if name == "start":
            missing.clear()
        return [outcome.row()]
    return []


def _line(row: dict[str, Any]) -> str:
    verdict = "ok" if row["ok"] else "NOT OK"
    worst = "never" if row["worst_ms"] is None else f"worst {row['worst_ms']:.1f} ms of {row['limit_ms']:.0f}"
    return "; ".join([verdict, f"{row['trials']} trials, {worst}", row["action"], *row["failures"][:2]])
