"""Trials in which processes of the stack die, hang or are asked to end."""

import json
import random
import signal
import time

from diffusion_mpc_ros.faults.outcome import Outcome
from diffusion_mpc_ros.faults.rig import Rig

PAUSE_S = 0.3
TICK_S = 0.02
PATIENCE_S = 8.0


def executor_ends(rig: Rig, number: signal.Signals, silence: str, trials: int) -> None:
    """SIGKILL or SIGSTOP of a standing robot's executor, until the guardian's first frame.

    An executor that is resumed must stay silent, but for a frame that it was about to hand to the kernel.
    """
    outcome = rig.begin(Outcome("18", f"executor {number.name}, motors {silence}", 80.0))
    for _ in range(trials):
        rig.stand()
        since = rig.oracle.mark()
        began_s = rig.signal("executor", number)
        event = rig.oracle.first("damp", since, who="guardian")
        outcome.seen(None if event is None else event["t"] - began_s, "damping by the guardian")
        rig.operator.spin(PAUSE_S)
        if number is signal.SIGKILL:
            rig.forget("executor")
            rig.start_executor()
            continue
        since = rig.oracle.mark()
        rig.signal("executor", signal.SIGCONT)
        rig.reach(["damping"])
        rig.operator.spin(PAUSE_S)
        others = [json.loads(line).get("who", "guardian") != "guardian" for line in rig.oracle.lines[since:]]
        if sum(others) == 1:
            outcome.actions["the frame in flight when it was stopped"] += 1
        elif any(others):
            outcome.failed("the resumed executor went on writing")


def planner_ends(rig: Rig, number: signal.Signals, trials: int, generator: random.Random) -> None:
    """The planner dies or hangs at a random phase of walking; seen at the due tick, then HOLD."""
    outcome = rig.begin(Outcome("1", f"planner {number.name} while walking", 0.0))
    for _ in range(trials):
        rig.walk()
        rig.operator.spin(generator.uniform(0.5, 1.0))
        heard = len(rig.operator.faults)
        rig.signal("planner", number)
        rig.reach(["standing"])
        rig.operator.spin(PAUSE_S)  # topics may overtake each other
        overdue = [text for _, text in rig.operator.faults[heard:] if text.startswith("plan overdue")]
        ticks = int(overdue[0].split(" is ")[1].split()[0]) if overdue else None
        outcome.seen(None if ticks is None else ticks * TICK_S, "seen, HOLD")
        if rig.operator.tilt_deg > 30.0:
            outcome.failed(f"tilt of {rig.operator.tilt_deg:.0f} degrees after HOLD")
        if number is signal.SIGKILL:
            rig.replace_planner()
        else:
            rig.signal("planner", signal.SIGCONT)


def guardian_ends(rig: Rig, number: signal.Signals, trials: int) -> None:
    """The guardian dies or hangs: the robot lies down, and is not armed without one."""
    outcome = rig.begin(Outcome("20", f"guardian {number.name}", 150.0))
    for _ in range(trials):
        rig.stand()
        heard = len(rig.operator.faults)
        began_s = rig.signal("guardian", number)
        rig.reach(["settling"])
        rig.operator.spin(PAUSE_S)  # topics may overtake each other
        seen = [at_s for at_s, text in rig.operator.faults[heard:] if text.startswith("guardian lost")]
        outcome.seen(seen[0] - began_s if seen else None, "SETTLE")
        rig.reach(["damping"])
        if rig.answer("stand")[0]:
            outcome.failed("armed without a guardian")
        if number is signal.SIGKILL:
            rig.forget("guardian")
            rig.start_guardian()
        else:
            rig.signal("guardian", signal.SIGCONT)
        rig.operator.spin(1.5)  # the executor looks for it once a second


def executor_is_asked_to_end(rig: Rig, number: signal.Signals, trials: int) -> None:
    """SIGINT or SIGTERM while standing: lies down, damps for a second, and is gone within launch's five."""
    outcome = rig.begin(Outcome("19", f"executor {number.name}", 5000.0))
    for _ in range(trials):
        rig.stand()
        since = rig.oracle.mark()
        began_s = rig.signal("executor", number)
        event = rig.oracle.first("damp", since, timeout_s=PATIENCE_S)
        rig.forget("executor")
        ended_s = time.monotonic()
        outcome.seen(ended_s - began_s, "SETTLE, then DAMP")
        if event is None or ended_s - event["t"] < 1.0:
            outcome.failed("damping for less than a second")
        rig.start_executor()
