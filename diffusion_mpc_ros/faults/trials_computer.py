"""Trials in which the computer is at fault: its clock, its disk, its speed, or the control loop itself."""

import os
import random
import shutil
import signal
import time
from pathlib import Path

from diffusion_mpc_ros.faults import faulty_executor
from diffusion_mpc_ros.faults.outcome import Outcome
from diffusion_mpc_ros.faults.pipes import RigError
from diffusion_mpc_ros.faults.rig import Rig

OVERRUN, HANG = signal.SIGUSR1, signal.SIGUSR2
LOOP_LIMITS_MS = {OVERRUN: 250.0, HANG: 260.0, faulty_executor.RAISES: 60.0}
"""From the signal: an overrun is seen when the tick has ended, a hang after ``hang_s``."""
WALK_S = 1.0
BUSY = "plan overdue"
"""What a busy computer does to a plan is no matter of its clock."""
CLOCK_JUMPS_S = (0.0, 3600.0, -3600.0)
MEGABYTE = 1_000_000
FREE_MB, FILLED_MB = 1500, 2000
"""Room above the executor's threshold, and what is taken of it."""


def min_free_mb(directory: Path) -> float:
    """A threshold that ``disk_fills_up`` reaches."""
    return max(shutil.disk_usage(directory).free / MEGABYTE - FREE_MB, 0.0)


def clock_is_wrong(rig: Rig, trials: int) -> None:
    """The nodes follow a /clock that stands still, or jumps by an hour: the walk goes on."""
    outcome = rig.begin(Outcome("16", "/clock stands still or jumps by an hour while walking", 0.0))
    for trial in range(trials):
        rig.walk()
        heard = len(rig.operator.faults)
        for node in ("executor", "planner"):
            rig.set(node, {"use_sim_time": True})
        start_s = 10_000.0
        for jump_s in (0.0, CLOCK_JUMPS_S[trial % len(CLOCK_JUMPS_S)]):
            rig.operator.tell_time(start_s + jump_s)
            rig.operator.spin(WALK_S)
        faults = [text for _, text in rig.operator.faults[heard:] if not text.startswith(BUSY)]
        if rig.operator.mode == "walking" and not faults:
            outcome.seen(0.0, "goes on")
        else:
            outcome.failed(f"{rig.operator.mode}: {faults}")
        for node in ("executor", "planner"):
            rig.set(node, {"use_sim_time": False})


def loop_is_at_fault(rig: Rig, number: signal.Signals, trials: int, generator: random.Random) -> None:
    """The control loop of a walking robot takes too long, hangs, or raises; frames go out by a thread of its own."""
    row, trigger, action = {
        OVERRUN: ("22 overrun", "a tick of 150 ms while walking", "HOLD"),
        HANG: ("22 hung", "a tick of 1 s while walking", "DAMP by the writer"),
        faulty_executor.RAISES: ("23", "an exception in the control loop while walking", "DAMP, end"),
    }[number]
    outcome = rig.begin(Outcome(row, trigger, LOOP_LIMITS_MS[number]))
    for _ in range(trials):
        rig.walk()
        rig.operator.spin(generator.uniform(0.5, 1.0))
        since, changes = rig.oracle.mark(), len(rig.operator.modes)
        began_s = rig.signal("executor", number)
        if number is OVERRUN:
            rig.reach(["standing", "damping"])
            at_s, mode = rig.operator.modes[changes]
            outcome.seen(at_s - began_s if mode == "standing" else None, action)
            continue
        event = rig.oracle.first("damp", since)
        outcome.seen(None if event is None else event["t"] - began_s, action)
        if event is not None and event["who"] == "guardian":
            outcome.failed("it was the guardian that damped")
        if number is HANG:
            rig.reach(["damping"])
        else:
            rig.forget("executor")
            rig.start_executor()


def disk_fills_up(rig: Rig, trials: int) -> None:
    """The disk of the logs fills up: the operator is warned, and the walk goes on."""
    outcome = rig.begin(Outcome("24", "disk nearly full while walking", 2500.0))
    file = rig.logs / "filling"
    for _ in range(trials):
        rig.walk()
        heard = len(rig.operator.faults)
        began_s = time.monotonic()
        try:
            with file.open("wb") as filling:
                os.posix_fallocate(filling.fileno(), 0, FILLED_MB * MEGABYTE)
            rig.operator.spin(2.5)
            seen = [at_s for at_s, text in rig.operator.faults[heard:] if text.startswith("disk full")]
            outcome.seen(seen[0] - began_s if seen else None, "WARN")
            if rig.operator.mode != "walking":
                outcome.failed(f"{rig.operator.mode} because of the disk")
        except OSError as error:
            raise RigError(f"the disk has no {FILLED_MB} MB to spare: {error}") from error
        finally:
            file.unlink(missing_ok=True)
        rig.operator.spin(2.5)  # the executor looks once a second
