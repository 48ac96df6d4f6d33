"""Joint targets of one walk by absolute tick, spliced together from chunks as they arrive."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from diffusion_mpc_ros.execution.action_chunk import ActionChunk


class Splice(Enum):
    """What became of a chunk."""

    ACCEPTED = "accepted"
    """It arrived before its takeover tick."""
    LATE = "late"
    """Some of the ticks it should have driven had elapsed; the rest was accepted."""
    EXPIRED = "expired"
    """None of its ticks was left, or it starts from too old an observation."""
    STALE = "stale"
    """A chunk of the same or a newer observation is held already: a duplicate or reordered one."""
    FUTURE = "future"
    """It starts from an observation that is yet to be made."""
    WILD = "wild"
    """It asks for what no joint can do, by far."""
    WRONG_EPOCH = "wrong epoch"
    """It belongs to another walk."""

    @property
    def is_accepted(self) -> bool:
        """Whether targets of the chunk will be executed."""
        return self in (Splice.ACCEPTED, Splice.LATE)


@dataclass(frozen=True, eq=False)
class SplicedChunk:
    """A chunk that was accepted."""

    chunk: ActionChunk
    margin_left: int
    """Ticks that were left to its takeover tick when it came; negative if it came later than that."""


class ChunkBuffer:
    """Targets of one epoch; of every tick the newest plan's target, once that plan has taken over.

    A chunk takes over ``margin`` ticks after its observation (section IV-D: the first D actions are skipped, because
    the old plan was executed while the new one was computed), or at once when it arrives later than that. One whose
    observation is more than ``max_age_ticks`` old takes over no more.
    """

    def __init__(self, epoch: str, margin: int, max_age_ticks: int) -> None:
        self._epoch = epoch
        self._margin = margin
        self._max_age_ticks = max_age_ticks
        self._newest_start = -1
        self._drivers: dict[int, SplicedChunk] = {}

    def splice(self, chunk: ActionChunk, now_tick: int) -> Splice:
        """Take in a chunk; ``now_tick`` is the next tick to be executed, all before it have elapsed."""
        if chunk.epoch != self._epoch:
            return Splice.WRONG_EPOCH
        if chunk.start_tick > now_tick:
            return Splice.FUTURE
        if chunk.start_tick <= self._newest_start:
            return Splice.STALE
        takeover = chunk.start_tick + self._margin
        first = max(takeover, now_tick)
        if first >= chunk.end_tick or now_tick - chunk.start_tick > self._max_age_ticks:
            return Splice.EXPIRED
        old_plan = {tick: driver for tick, driver in self._drivers.items() if now_tick <= tick < first}
        new_plan = dict.fromkeys(range(first, chunk.end_tick), SplicedChunk(chunk, takeover - now_tick))
        self._drivers = old_plan | new_plan
        self._newest_start = chunk.start_tick
        return Splice.LATE if now_tick > takeover else Splice.ACCEPTED

    def driver(self, tick: int) -> SplicedChunk | None:
        """The chunk that ``tick`` executes, or None if no plan reaches that tick."""
        return self._drivers.get(tick)

    def target(self, tick: int) -> np.ndarray | None:
        """The joint target due at ``tick``, (12,) rad, or None if no plan reaches that tick."""
        driver = self.driver(tick)
        return None if driver is None else driver.chunk.targets[tick - driver.chunk.start_tick]
