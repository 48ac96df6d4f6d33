"""Whatever arrives in whatever order, the buffer gives the newest plan that has taken over, and nothing else."""

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from diffusion_mpc_ros.execution.action_chunk import ActionChunk
from diffusion_mpc_ros.execution.chunk_buffer import ChunkBuffer, Splice

MAX_AGE = 10
HORIZON, MARGIN = 11, 3


def chunk(start_tick: int, epoch: str = "a", horizon: int = HORIZON) -> ActionChunk:
    """Targets that tell their chunk and their row: joint 0 is the start tick, joint 1 the row."""
    targets = np.zeros((horizon, 12))
    targets[:, 0] = start_tick
    targets[:, 1] = np.arange(horizon)
    return ActionChunk(epoch, start_tick, targets)


def driver(buffer: ChunkBuffer, tick: int) -> int | None:
    """Start tick of the chunk that drives ``tick``; the row must be the one addressed to that tick."""
    target = buffer.target(tick)
    if target is None:
        return None
    assert target[0] + target[1] == tick
    return int(target[0])


@pytest.fixture
def buffer() -> ChunkBuffer:
    return ChunkBuffer("a", MARGIN, MAX_AGE)


def test_takes_over_after_the_margin(buffer: ChunkBuffer) -> None:
    assert buffer.splice(chunk(0), now_tick=1) is Splice.ACCEPTED
    assert [driver(buffer, tick) for tick in range(12)] == [None] * 3 + [0] * 8 + [None]


def test_the_old_plan_drives_until_the_new_one_takes_over(buffer: ChunkBuffer) -> None:
    buffer.splice(chunk(0), now_tick=1)
    assert buffer.splice(chunk(8), now_tick=9) is Splice.ACCEPTED
    assert [driver(buffer, tick) for tick in range(9, 20)] == [0, 0] + [8] * 8 + [None]


def test_on_time_means_before_the_takeover_tick_is_executed(buffer: ChunkBuffer) -> None:
    assert buffer.splice(chunk(0), now_tick=3) is Splice.ACCEPTED
    assert driver(buffer, 3) == 0


@pytest.mark.parametrize(("now_tick", "margin_left"), [(1, 2), (3, 0), (7, -4)])
def test_a_chunk_in_use_tells_how_early_it_came(buffer: ChunkBuffer, now_tick: int, margin_left: int) -> None:
    buffer.splice(chunk(0), now_tick)
    driving = buffer.driver(10)
    assert driving is not None
    assert (driving.chunk.start_tick, driving.margin_left) == (0, margin_left)
    assert buffer.driver(2) is None


def test_a_late_chunk_skips_what_has_elapsed(buffer: ChunkBuffer) -> None:
    assert buffer.splice(chunk(0), now_tick=7) is Splice.LATE
    assert [driver(buffer, tick) for tick in range(12)] == [None] * 7 + [0] * 4 + [None]


def test_a_chunk_with_one_tick_left_is_late_and_with_none_expired(buffer: ChunkBuffer) -> None:
    assert buffer.splice(chunk(0), now_tick=11) is Splice.EXPIRED
    assert buffer.splice(chunk(0), now_tick=10) is Splice.LATE


def test_a_long_plan_of_an_old_observation_is_not_begun(buffer: ChunkBuffer) -> None:
    assert buffer.splice(chunk(0, horizon=24), now_tick=MAX_AGE + 1) is Splice.EXPIRED
    assert buffer.splice(chunk(0, horizon=24), now_tick=MAX_AGE) is Splice.LATE


def test_a_chunk_shorter_than_the_margin_has_nothing_to_give(buffer: ChunkBuffer) -> None:
    assert buffer.splice(chunk(0, horizon=MARGIN), now_tick=1) is Splice.EXPIRED


def test_duplicates_and_reordered_chunks_are_stale(buffer: ChunkBuffer) -> None:
    buffer.splice(chunk(5), now_tick=6)
    assert buffer.splice(chunk(5), now_tick=6) is Splice.STALE
    assert buffer.splice(chunk(4), now_tick=6) is Splice.STALE


def test_another_epoch_is_refused(buffer: ChunkBuffer) -> None:
    assert buffer.splice(chunk(0, epoch="b"), now_tick=1) is Splice.WRONG_EPOCH
    assert all(buffer.target(tick) is None for tick in range(12))


def test_a_chunk_from_the_future_cannot_block_the_real_ones(buffer: ChunkBuffer) -> None:
    assert buffer.splice(chunk(10**9), now_tick=1) is Splice.FUTURE
    assert buffer.splice(chunk(0), now_tick=1) is Splice.ACCEPTED


class ChunkBufferMachine(RuleBasedStateMachine):
    """Arbitrary chunks at arbitrary ticks, against a model that remembers every accepted chunk."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = ChunkBuffer("a", MARGIN, MAX_AGE)
        self.now = 0
        self.accepted: list[tuple[int, int, int]] = []

    @rule(ticks=st.integers(1, 6))
    def time_passes(self, ticks: int) -> None:
        self.now += ticks

    @rule(
        age=st.integers(-3, 16),
        epoch=st.sampled_from(["a", "a", "a", "b"]),
        horizon=st.sampled_from([HORIZON, HORIZON, 2, 24]),
    )
    def chunk_arrives(self, age: int, epoch: str, horizon: int) -> None:
        start = max(0, self.now - age)
        newest = max((start for start, _, _ in self.accepted), default=-1)
        splice = self.buffer.splice(chunk(start, epoch, horizon), self.now)
        first, end = max(start + MARGIN, self.now), start + horizon
        fresh = newest < start <= self.now and self.now - start <= MAX_AGE
        may_be_executed = epoch == "a" and fresh and first < end
        assert splice.is_accepted == may_be_executed
        assert (splice is Splice.LATE) == (may_be_executed and self.now > start + MARGIN)
        if may_be_executed:
            self.accepted.append((start, first, end))

    @invariant()
    def every_tick_to_come_belongs_to_the_newest_plan_that_has_taken_over(self) -> None:
        for tick in range(self.now, self.now + 30):
            expected = None
            for start, first, end in self.accepted:
                if first <= tick:
                    expected = start if tick < end else None
            assert driver(self.buffer, tick) == expected


TestChunkBufferMachine = ChunkBufferMachine.TestCase
