"""Trials in which the wire between robot and stack spoils what passes, or somebody else speaks on it."""

import random
import signal
import time
from collections.abc import Mapping

from diffusion_mpc_ros.faults.outcome import Outcome
from diffusion_mpc_ros.faults.pipes import Pipe, RigError
from diffusion_mpc_ros.faults.rig import Rig

PAUSE_S = 0.3
RECOVERY_S = 0.2

DAMPED: Mapping[str, tuple[str, float]] = {
    "off": ("7 off", 80.0),
    "stuck": ("7 stuck", 80.0),
    "garbage": ("8 garbage", 80.0),
    "wrong": ("8 wrong", 80.0),
    "nan": ("8 not finite", 80.0),
    "slow": ("7 slow", 80.0),
    "delayed": ("7 delayed", 80.0),
    "intermittent": ("7 intermittent", 80.0),
    "fallen": ("9 fallen", 60.0),
    "racing": ("6 racing", 80.0),
}
"""Fault of the robot state -> row, and longest time to the first damping frame, ms."""
SETTLED: Mapping[str, tuple[str, float]] = {"hot": ("10 hot", 1200.0), "flat": ("10 flat", 2200.0)}
"""Likewise, to lying down."""
COMMAND_FRAMES = ("off", "stuck", "garbage", "wrong", "slow", "delayed", "intermittent")


def state_is_spoilt(rig: Rig, kind: str, trials: int, generator: random.Random) -> None:
    """A fault of the robot state that ends in damping."""
    row, limit_ms = DAMPED[kind]
    outcome = rig.begin(Outcome(row, f"robot state {kind}", limit_ms))
    for _ in range(trials):
        rig.stand()
        rig.operator.spin(generator.uniform(0.02, 0.1))
        since = rig.oracle.mark()
        began_s = rig.proxy.spoil("state", kind)
        event = rig.oracle.first("damp", since)
        outcome.seen(None if event is None else event["t"] - began_s, "DAMP")
        rig.proxy.spoil("state", "none")
        rig.reach(["damping"])
        rig.operator.spin(RECOVERY_S)


def body_is_unwell(rig: Rig, kind: str, trials: int) -> None:
    """Hot motors or a flat battery: lies down, and is not armed."""
    row, limit_ms = SETTLED[kind]
    outcome = rig.begin(Outcome(row, f"robot state {kind}", limit_ms))
    for _ in range(trials):
        rig.stand()
        changes = len(rig.operator.modes)
        began_s = rig.proxy.spoil("state", kind)
        rig.reach(["damping"])
        settled = [at_s for at_s, mode in rig.operator.modes[changes:] if mode == "settling"]
        outcome.seen(settled[0] - began_s if settled else None, "SETTLE")
        if rig.answer("stand")[0]:
            outcome.failed("armed all the same")
        rig.proxy.spoil("state", "none")
        rig.operator.spin(RECOVERY_S)


def stop_is_pressed(rig: Rig, trials: int, generator: random.Random) -> None:
    """L2+B on the remote, from the first state frame that carries it to the first damping frame; every other trial
    with a planner that hangs.
    """
    outcome = rig.begin(Outcome("11 remote", "E-stop on the remote, planner hung in every other trial", 25.0))
    for trial in range(trials):
        rig.stand()
        if trial % 2:
            rig.signal("planner", signal.SIGSTOP)
        rig.operator.spin(generator.uniform(0.02, 0.1))
        since = rig.oracle.mark()
        began_s = rig.proxy.spoil("state", "press")
        event = rig.oracle.first("damp", since)
        outcome.seen(None if event is None else event["t"] - began_s, "DAMP")
        rig.reach(["damping"])
        rig.proxy.spoil("state", "none")
        rig.signal("planner", signal.SIGCONT)


def stop_is_called(rig: Rig, trials: int, generator: random.Random) -> None:
    """The E-stop service, from its call to the first damping frame."""
    outcome = rig.begin(Outcome("11 service", "E-stop service", 100.0))
    for _ in range(trials):
        rig.stand()
        rig.operator.spin(generator.uniform(0.02, 0.1))
        since = rig.oracle.mark()
        began_s = time.monotonic()
        rig.operator.request("damp")
        event = rig.oracle.first("damp", since)
        outcome.seen(None if event is None else event["t"] - began_s, "DAMP")
        rig.reach(["damping"])


def commands_are_spoilt(rig: Rig, kind: str, trials: int) -> None:
    """Command frames spoilt on their way: the robot refuses or misses them, which no software at our end sees. What is
    shown is that nothing unsafe is done about it: the executor goes on, or damps because of what the robot measures.
    """
    outcome = rig.begin(Outcome("– commands", f"command frames {kind} for a second", 3000.0))
    for _ in range(trials):
        rig.stand()
        began_s = rig.proxy.spoil("command", kind)
        rig.operator.spin(1.0)
        rig.proxy.spoil("command", "none")
        rig.operator.spin(PAUSE_S)
        outcome.seen(time.monotonic() - began_s, f"robot {rig.operator.mode}")


def somebody_else(rig: Rig, word: str, trials: int) -> None:
    """A second writer, or sport mode that comes back: damping, and no arming while it lasts."""
    outcome = rig.begin(Outcome("17", "second writer on rt/lowcmd" if word == "write" else "sport mode active", 1000.0))
    log = rig.stack.ros_logs.parent / "intruder.log"
    intruder = Pipe("diffusion_mpc_ros.faults.intruder", [str(rig.stack.robot_domain)], log, rig.stack.environment())
    try:
        rig.operator.spin(2.0)
        for _ in range(trials):
            rig.stand()
            changes, since = len(rig.operator.modes), len(intruder.lines)
            intruder.say(word)
            line = intruder.wait_for(lambda line: line.startswith(word), since)
            if line is None:
                raise RigError("the intruder does not answer")
            rig.reach(["damping"])
            damped_s = next(at_s for at_s, mode in rig.operator.modes[changes:] if mode == "damping")
            outcome.seen(damped_s - float(line.split()[1]), "DAMP")
            if rig.answer("stand")[0]:
                outcome.failed("armed all the same")
            if word == "sport":
                intruder.say("release")
            rig.operator.spin(1.5)
    finally:
        intruder.close()
