"""Walks for as long as asked, with a random fault every 30 to 60 s that the stack has to survive.

Faults are drawn with a seed: planner killed or hung, chunks and commands spoilt, the stop pressed, the guardian or the
executor hung. After each the robot has to walk again. Memory, file descriptors and threads of every process are counted
all along. The exit code is 0 only if nothing tripped without a fault, no command was unsafe, and nothing grew.
"""

import argparse
import json
import logging
import random
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from diffusion_mpc_ros.demo.interruption import Interrupted, interruptible
from diffusion_mpc_ros.demo.processes import ProcessDied
from diffusion_mpc_ros.faults.pipes import RigError
from diffusion_mpc_ros.faults.rig import Rig
from diffusion_mpc_ros.faults.usage import Usage, growth
from diffusion_mpc_ros.provenance import write_json

logger = logging.getLogger(__name__)

BETWEEN_S = (30.0, 60.0)
FAULT_S = 1.0
SAMPLE_S = 5.0
SEED = 6
WALKING = "walking"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``soak``."""
    parser.add_argument("--duration", type=float, default=3600.0, metavar="S", help="of the whole walk (3600)")
    parser.add_argument("--between", type=float, nargs=2, default=BETWEEN_S, metavar="S", help="faults (30 60)")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help=f"of the faults ({SEED})")
    parser.add_argument("--output", type=Path, default=Path("out/soak.json"), metavar="FILE", help="result")
    parser.add_argument("--json", action="store_true", help="print the result on standard output")


def run(args: argparse.Namespace) -> int:
    """Walk; 0 if all was well."""
    generator = random.Random(args.seed)
    result: dict[str, Any] = {"faults": [], "false_trips": [], "unrecovered": []}
    try:
        with interruptible(), tempfile.TemporaryDirectory() as logs:
            _soak(Rig(Path(logs), relayed=True), args.duration, args.between, generator, result)
    except Interrupted as interruption:
        logger.error("%s", interruption)
        return interruption.exit_code
    except (RigError, ProcessDied) as error:
        result["unrecovered"].append(str(error))
    result |= {"duration_s": args.duration, "seed": args.seed}
    write_json(args.output, result)
    if args.json:
        print(json.dumps(result, indent=2))
    trouble = [name for name in ("false_trips", "unrecovered", "unsafe", "grown") if result.get(name)]
    for name in trouble:
        logger.error("%s: %s", name, result[name])
    return 1 if trouble else 0


def _soak(
    rig: Rig, duration_s: float, between_s: tuple[float, float], generator: random.Random, result: dict[str, Any]
) -> None:
    with rig:
        rig.walk()
        usage = Usage(rig.pids)
        end_s = time.monotonic() + duration_s
        try:
            while time.monotonic() < end_s:
                _walk_undisturbed(rig, min(time.monotonic() + generator.uniform(*between_s), end_s), usage, result)
                name = generator.choice(sorted(FAULTS))
                FAULTS[name](rig)
                result["faults"].append(name)
                logger.info("%s", name)
                rig.walk()
        finally:
            result["unsafe"] = rig.oracle.unsafe()
            result["usage"] = usage.samples
            result["grown"] = growth(usage.samples)


def _walk_undisturbed(rig: Rig, until_s: float, usage: Usage, result: dict[str, Any]) -> None:
    """Until a time; leaving the walk meanwhile is a false trip."""
    sampled_s = 0.0
    while time.monotonic() < until_s:
        rig.operator.spin(0.1)
        if rig.operator.mode != WALKING:
            reasons = [text for _, text in rig.operator.faults[-3:]]
            result["false_trips"].append(f"{rig.operator.mode}: {reasons}")
            rig.walk()
        if time.monotonic() - sampled_s > SAMPLE_S:
            sampled_s = time.monotonic()
            usage.sample()


def _hang(name: str) -> Callable[[Rig], None]:
    def act(rig: Rig) -> None:
        rig.signal(name, signal.SIGSTOP)
        rig.operator.spin(FAULT_S)
        rig.signal(name, signal.SIGCONT)
        rig.operator.spin(FAULT_S)

    return act


def _spoil_chunks(kind: str) -> Callable[[Rig], None]:
    def act(rig: Rig) -> None:
        rig.operator.spoiler.kind = kind
        rig.operator.spin(FAULT_S)
        rig.operator.spoiler.kind = "none"
        rig.operator.spin(FAULT_S)

    return act


def _spoil_state(kind: str) -> Callable[[Rig], None]:
    def act(rig: Rig) -> None:
        rig.ask("stand")  # a robot that is damped in its stride may fall over, and nobody here sets it up again
        rig.reach(["standing"])
        rig.operator.spin(FAULT_S)
        rig.proxy.spoil("state", kind)
        rig.operator.spin(FAULT_S)
        rig.proxy.spoil("state", "none")
        rig.operator.spin(FAULT_S)

    return act


def _kill_planner(rig: Rig) -> None:
    rig.signal("planner", signal.SIGKILL)
    rig.replace_planner()


FAULTS: dict[str, Callable[[Rig], None]] = {
    "planner killed": _kill_planner,
    "planner hung": _hang("planner"),
    "guardian hung": _hang("guardian"),
    **{f"chunks {kind}": _spoil_chunks(kind) for kind in ("off", "stuck", "garbage", "delayed", "intermittent")},
    **{f"robot state {kind}": _spoil_state(kind) for kind in ("off", "stuck", "garbage", "press")},
}
"""All of them leave processes that can be counted on: the executor lives through them."""
