"""A walk counts the ticks it was left without a plan."""

import numpy as np
import pytest

from diffusion_mpc_ros.execution.action_chunk import ActionChunk
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.execution.walk import Walk


@pytest.fixture
def walk() -> Walk:
    return Walk("a", ControllerConfig(margin=3, replan_period=0, grace_ticks=3, first_plan_ticks=50, max_age_ticks=8))


def drive(walk: Walk, ticks: range) -> None:
    for tick in ticks:
        walk.take_target(tick)


def test_waits_longer_for_the_first_plan(walk: Walk) -> None:
    assert not walk.has_begun
    assert [tick for tick in range(60) if walk.is_starved(tick)] == list(range(50, 60))


def test_bridges_the_grace_once_it_has_begun(walk: Walk) -> None:
    walk.receive(ActionChunk("a", 0, np.zeros((11, 12))), now_tick=1)
    drive(walk, range(11))
    assert walk.has_begun
    assert [walk.ticks_without_plan(tick) for tick in range(10, 15)] == [0, 1, 2, 3, 4]
    assert [walk.is_starved(tick) for tick in range(10, 15)] == [False, False, False, False, True]


def test_ticks_that_the_loop_missed_count_as_unplanned(walk: Walk) -> None:
    walk.receive(ActionChunk("a", 0, np.zeros((11, 12))), now_tick=1)
    drive(walk, range(11))
    assert walk.is_starved(20)


def test_an_accepted_chunk_answers_its_request(walk: Walk) -> None:
    assert walk.poll_request(0)
    walk.receive(ActionChunk("a", 0, np.zeros((11, 12))), now_tick=1)
    assert [tick for tick in range(1, 12) if walk.poll_request(tick)] == [8, 11]


def test_the_next_request_is_due_before_the_plan_ends_however_long_it_is(walk: Walk) -> None:
    assert walk.poll_request(0)
    walk.receive(ActionChunk("a", 0, np.zeros((24, 12))), now_tick=1)
    assert [tick for tick in range(1, 23) if walk.poll_request(tick)] == [21]


def test_a_refused_chunk_answers_nothing(walk: Walk) -> None:
    assert walk.poll_request(0)
    walk.receive(ActionChunk("b", 0, np.zeros((11, 12))), now_tick=1)
    assert [tick for tick in range(1, 5) if walk.poll_request(tick)] == [3]


def test_what_is_executed_while_a_plan_is_made_is_committed(walk: Walk) -> None:
    assert walk.committed(0).shape == (0, 12)
    targets = np.arange(11.0)[:, None] * np.ones(12)
    walk.receive(ActionChunk("a", 0, targets), 1)
    np.testing.assert_array_equal(walk.committed(4), targets[4:7])
    np.testing.assert_array_equal(walk.committed(9), targets[9:])
    alone = Walk("a", ControllerConfig(commits=False))
    alone.receive(ActionChunk("a", 0, targets), 1)
    assert alone.committed(4).shape == (0, 12)
