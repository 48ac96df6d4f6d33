"""Trials in which chunks or velocity commands are spoilt while the robot walks."""

import random
import time
from collections.abc import Mapping

from diffusion_mpc_ros.faults.outcome import Outcome
from diffusion_mpc_ros.faults.rig import Rig

WATCH_S = 4.0
UPRIGHT_DEG = 30.0
LEAST_UPRIGHT = 0.95
"""Share of robots that HOLD has to leave standing."""
FELL, FELL_BEFORE = "fell", "fell while walking"

CHUNKS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "off": ("1 chunks off", ("standing",)),
    "stuck": ("2 chunks stuck", ("standing",)),
    "garbage": ("3 chunks garbage", ("standing",)),
    "wrong": ("3 chunks wrong", ("standing",)),
    "beyond": ("4 chunks beyond", ("standing",)),
    "slow": ("1 chunks slow", ("walking", "standing")),
    "delayed": ("2 chunks delayed", ("walking", "standing")),
    "intermittent": ("1 chunks intermittent", ("walking", "standing")),
}
"""Fault of the chunks -> row, and the modes it may lead to."""
COMMANDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "off": ("12 commands off", ("standing",)),
    "garbage": ("12 commands garbage", ("standing",)),
    "wrong": ("12 commands wrong", ("walking",)),
    "slow": ("12 commands slow", ("walking",)),
    "intermittent": ("12 commands intermittent", ("walking",)),
}
"""Likewise of velocity commands. Stuck ones are what a held stick sends, and a delay is the operator's own."""


def chunks_are_spoilt(rig: Rig, kind: str, trials: int, generator: random.Random) -> None:
    """Chunks spoilt while walking, until the executor holds or the time is over."""
    row, modes = CHUNKS[kind]
    outcome = rig.begin(Outcome(row, f"chunks {kind}", 1e3 * WATCH_S))
    for _ in range(trials):
        rig.walk()
        rig.operator.spin(generator.uniform(0.5, 1.0))
        rig.operator.spoiler.kind = kind
        _watch(rig, outcome, modes)
        rig.operator.spoiler.kind = "none"


def commands_are_spoilt(rig: Rig, kind: str, trials: int) -> None:
    """Velocity commands spoilt while walking."""
    row, modes = COMMANDS[kind]
    outcome = rig.begin(Outcome(row, f"velocity commands {kind}", 1e3 * WATCH_S))
    for _ in range(trials):
        rig.walk()
        rig.operator.spin(0.5)
        rig.operator.commands = kind
        _watch(rig, outcome, modes)
        rig.operator.commands = "none"


def hold_from_any_phase(rig: Rig, trials: int, generator: random.Random) -> None:
    """HOLD entered at random phases of walking at 0.5 to 1.0 m/s; what counts is the share that stays upright.

    A robot that falls before it holds is told, and the trial made again.
    """
    outcome = rig.begin(Outcome("HOLD", "no chunks, at a random phase of walking at 0.5 to 1.0 m/s", 1e3 * WATCH_S))

    def too_many_fell() -> bool:
        return max(outcome.actions[FELL], outcome.actions[FELL_BEFORE]) > (1.0 - LEAST_UPRIGHT) * trials

    while len(outcome.times_ms) < trials and not too_many_fell():
        rig.walk((generator.uniform(0.5, 1.0), 0.0, 0.0))
        rig.operator.spin(generator.uniform(1.5, 2.5))
        if rig.operator.mode != "walking":
            outcome.actions[FELL_BEFORE] += 1
            continue
        rig.operator.spoiler.kind = "off"
        rig.reach(["standing", "damping"])
        rig.operator.spin(1.0)
        upright = rig.operator.mode == "standing" and rig.operator.tilt_deg < UPRIGHT_DEG
        outcome.seen(0.0, "upright" if upright else FELL)
        rig.operator.spoiler.kind = "none"
    if too_many_fell():
        outcome.failed(f"more than {1.0 - LEAST_UPRIGHT:.0%} of {trials} fell")


def _watch(rig: Rig, outcome: Outcome, modes: tuple[str, ...]) -> None:
    """Until the executor leaves walking, or for ``WATCH_S``."""
    changes = len(rig.operator.modes)
    started = time.monotonic()
    rig.operator.spin(WATCH_S, until=lambda: rig.operator.mode != "walking")
    took_s = (rig.operator.modes[changes][0] - started) if len(rig.operator.modes) > changes else WATCH_S
    mode = rig.operator.mode
    if mode in modes:
        outcome.seen(took_s, {"standing": "HOLD", "walking": "goes on"}[mode])
    else:
        outcome.failed(f"{mode} where {' or '.join(modes)} was expected")
    if rig.operator.tilt_deg > UPRIGHT_DEG:
        outcome.failed(f"tilt of {rig.operator.tilt_deg:.0f} degrees")
