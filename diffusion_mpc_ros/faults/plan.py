"""What is tried, on which rig, how often."""

import random
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from diffusion_mpc_ros.faults import trials_processes, trials_walking, trials_wire
from diffusion_mpc_ros.faults.rig import Rig

KILL, STOP = signal.SIGKILL, signal.SIGSTOP

Trial = Callable[[Rig], None]


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
    trials: Mapping[str, Trial]


def scenes(counts: Counts, generator: random.Random) -> Iterator[Scene]:
    """Every trial of docs/failsafes.md that takes the running stack."""
    for silence in ("hold", "off"):
        ends = partial(trials_processes.executor_ends, silence=silence, trials=counts.executor)
        trials: dict[str, Trial] = {
            f"executor {number.name} {silence}": partial(ends, number=number) for number in (STOP, KILL)
        }
        yield Scene(f"executor {silence}", {"silence": silence}, trials)
    yield Scene("wire", {}, _wire(counts, generator))
    yield Scene("walking", {"relayed": True}, _walking(counts, generator))
    yield Scene("processes", {}, _processes(counts, generator))


def _wire(counts: Counts, generator: random.Random) -> dict[str, Trial]:
    trials: dict[str, Trial] = {}
    for kind in trials_wire.DAMPED:
        count = counts.state if kind == "off" else counts.other
        spoil = trials_wire.state_is_spoilt
        trials[f"robot state {kind}"] = partial(spoil, kind=kind, trials=count, generator=generator)
    for kind in trials_wire.SETTLED:
        trials[f"robot state {kind}"] = partial(trials_wire.body_is_unwell, kind=kind, trials=counts.other)
    trials["stop on the remote"] = partial(trials_wire.stop_is_pressed, trials=counts.stop, generator=generator)
    trials["stop by service"] = partial(trials_wire.stop_is_called, trials=counts.stop, generator=generator)
    for kind in trials_wire.COMMAND_FRAMES:
        trials[f"command frames {kind}"] = partial(trials_wire.commands_are_spoilt, kind=kind, trials=counts.other)
    trials["second writer"] = partial(trials_wire.somebody_else, word="write", trials=counts.other)
    trials["sport mode"] = partial(trials_wire.somebody_else, word="sport", trials=counts.other)
    return trials


def _walking(counts: Counts, generator: random.Random) -> dict[str, Trial]:
    trials: dict[str, Trial] = {}
    for kind in trials_walking.CHUNKS:
        spoil = trials_walking.chunks_are_spoilt
        trials[f"chunks {kind}"] = partial(spoil, kind=kind, trials=counts.other, generator=generator)
    for kind in trials_walking.COMMANDS:
        trials[f"velocity commands {kind}"] = partial(
            trials_walking.commands_are_spoilt, kind=kind, trials=counts.other
        )
    trials["HOLD at any phase"] = partial(trials_walking.hold_from_any_phase, trials=counts.hold, generator=generator)
    return trials


def _processes(counts: Counts, generator: random.Random) -> dict[str, Trial]:
    trials: dict[str, Trial] = {}
    for number in (STOP, KILL):
        trials[f"guardian {number.name}"] = partial(trials_processes.guardian_ends, number=number, trials=counts.other)
    for number in (signal.SIGINT, signal.SIGTERM):
        trials[f"executor {number.name}"] = partial(
            trials_processes.executor_is_asked_to_end, number=number, trials=counts.other
        )
    for number, count in ((STOP, counts.other), (KILL, counts.planner)):
        trials[f"planner {number.name}"] = partial(
            trials_processes.planner_ends, number=number, trials=count, generator=generator
        )
    return trials
