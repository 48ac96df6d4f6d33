"""What is tried, on which rig, how often."""

import random
import signal
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from diffusion_mpc_ros.faults import (
    faulty_executor,
    trials_computer,
    trials_parameters,
    trials_processes,
    trials_walking,
    trials_wire,
)

KILL, STOP = signal.SIGKILL, signal.SIGSTOP

Trials = partial[None]
"""Takes a rig; its keyword ``trials`` says how many."""


@dataclass(frozen=True)
class Counts:
    """Trials of each kind of row."""

    executor: int
    planner: int
    state: int
    stop: int
    hold: int
    other: int


@dataclass(frozen=True)
class Scene:
    """A rig and what is tried on it, by name."""

    name: str
    settings: Mapping[str, Any]
    trials: Mapping[str, Trials]


def scenes(counts: Counts, seed: int) -> Iterator[Scene]:
    """Every trial of docs/failsafes.md that takes the running stack; phases and garbage are drawn with the seed."""
    for silence in ("hold", "off"):
        ends = partial(trials_processes.executor_ends, silence=silence, trials=counts.executor)
        trials: dict[str, Trials] = {
            f"executor {number.name} {silence}": partial(ends, number=number) for number in (STOP, KILL)
        }
        yield Scene(f"executor {silence}", {"silence": silence}, trials)
    yield Scene("wire", {}, _wire(counts, seed))
    yield Scene("walking", {"relayed": True}, _walking(counts, seed))
    yield Scene("processes", {}, _processes(counts, seed))
    yield Scene("parameters", {}, _parameters(counts))
    yield Scene("control loop", {"executor": faulty_executor.__name__}, _control_loop(counts, seed))
    room = str(trials_computer.min_free_mb(Path(tempfile.gettempdir())))
    disk: dict[str, Trials] = {"disk full": partial(trials_computer.disk_fills_up, trials=counts.other)}
    yield Scene("disk", {"settings": {"min_free_mb": room}}, disk)


def _drawn(seed: int, name: str) -> random.Random:
    """A generator of its own for each name: it draws the same, whatever else is tried."""
    return random.Random(f"{seed} {name}")


def _wire(counts: Counts, seed: int) -> dict[str, Trials]:
    trials: dict[str, Trials] = {}
    for kind in trials_wire.DAMPED:
        name, count = f"robot state {kind}", counts.state if kind == "off" else counts.other
        trials[name] = partial(trials_wire.state_is_spoilt, kind=kind, trials=count, generator=_drawn(seed, name))
    for kind in trials_wire.SETTLED:
        trials[f"robot state {kind}"] = partial(trials_wire.body_is_unwell, kind=kind, trials=counts.other)
    for name, stop in (
        ("stop on the remote", trials_wire.stop_is_pressed),
        ("stop by service", trials_wire.stop_is_called),
    ):
        trials[name] = partial(stop, trials=counts.stop, generator=_drawn(seed, name))
    for kind in trials_wire.COMMAND_FRAMES:
        trials[f"command frames {kind}"] = partial(trials_wire.commands_are_spoilt, kind=kind, trials=counts.other)
    trials["second writer"] = partial(trials_wire.somebody_else, word="write", trials=counts.other)
    trials["sport mode"] = partial(trials_wire.somebody_else, word="sport", trials=counts.other)
    return trials


def _walking(counts: Counts, seed: int) -> dict[str, Trials]:
    trials: dict[str, Trials] = {}
    for kind in trials_walking.CHUNKS:
        name, spoil = f"chunks {kind}", trials_walking.chunks_are_spoilt
        trials[name] = partial(spoil, kind=kind, trials=counts.other, generator=_drawn(seed, name))
    for kind in trials_walking.COMMANDS:
        spoil_commands = trials_walking.commands_are_spoilt
        trials[f"velocity commands {kind}"] = partial(spoil_commands, kind=kind, trials=counts.other)
    name = "HOLD at any phase"
    trials[name] = partial(trials_walking.hold_from_any_phase, trials=counts.hold, generator=_drawn(seed, name))
    return trials


def _processes(counts: Counts, seed: int) -> dict[str, Trials]:
    trials: dict[str, Trials] = {}
    for number in (STOP, KILL):
        trials[f"guardian {number.name}"] = partial(trials_processes.guardian_ends, number=number, trials=counts.other)
    for number in (signal.SIGINT, signal.SIGTERM):
        trials[f"executor {number.name}"] = partial(
            trials_processes.executor_is_asked_to_end, number=number, trials=counts.other
        )
    for number, count in ((STOP, counts.other), (KILL, counts.planner)):
        name = f"planner {number.name}"
        trials[name] = partial(trials_processes.planner_ends, number=number, trials=count, generator=_drawn(seed, name))
    return trials


def _parameters(counts: Counts) -> dict[str, Trials]:
    return {
        "wrong model": partial(trials_parameters.model_is_wrong, trials=counts.other),
        "wrong parameters": partial(trials_parameters.call_is_wrong, trials=counts.other),
        "limits tightened": partial(trials_parameters.limits_are_tightened, trials=counts.other),
        "wrong clock": partial(trials_computer.clock_is_wrong, trials=counts.other),
    }


def _control_loop(counts: Counts, seed: int) -> dict[str, Trials]:
    trials: dict[str, Trials] = {}
    for number in (trials_computer.OVERRUN, trials_computer.HANG, faulty_executor.RAISES):
        name = f"control loop {number.name}"
        trials[name] = partial(
            trials_computer.loop_is_at_fault, number=number, trials=counts.other, generator=_drawn(seed, name)
        )
    return trials
