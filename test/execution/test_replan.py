"""Plans are requested when section IV-D says, and again when an answer is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.execution.replan import ReplanTrigger


def requests(
    ticks: int, answer_after: dict[int, int], horizon: int = 11, margin: int = 3, period: int = 0
) -> list[int]:
    """Ticks of all requests when that of tick t is answered ``answer_after[t]`` ticks later, or never."""
    trigger = ReplanTrigger(margin, period)
    made: list[int] = []
    answers: dict[int, int] = {}
    for tick in range(ticks):
        if tick in answers:
            trigger.answered(answers[tick] + horizon)
        if trigger.due(tick):
            trigger.requested(tick)
            made.append(tick)
            if tick in answer_after:
                answers[tick + answer_after[tick]] = tick
    return made


def test_every_period_when_all_is_well() -> None:
    assert requests(40, dict.fromkeys(range(40), 2)) == [0, 8, 16, 24, 32]


def test_the_period_is_that_of_the_plans() -> None:
    assert requests(70, dict.fromkeys(range(70), 2), horizon=24) == [0, 21, 42, 63]


def test_plans_hardly_longer_than_the_margin_do_not_flood() -> None:
    assert requests(10, dict.fromkeys(range(10), 1), horizon=4) == [0, 3, 6, 9]


def test_retries_every_margin_until_answered() -> None:
    assert requests(20, {}) == [0, 3, 6, 9, 12, 15, 18]


def test_a_retry_that_is_answered_sets_the_new_rhythm() -> None:
    assert requests(30, {0: 1, 11: 1, 19: 1, 27: 1}) == [0, 8, 11, 19, 27]


def test_a_late_answer_keeps_the_rhythm_of_its_observation() -> None:
    assert requests(20, {0: 1, 8: 5, 16: 1}) == [0, 8, 11, 16]


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("margin", [0, 3])
def test_with_a_period_plans_are_requested_in_its_rhythm_answered_or_not(answered: bool, margin: int) -> None:
    answers = dict.fromkeys(range(20), 1) if answered else {}
    assert requests(6, answers, margin=margin, period=1) == [0, 1, 2, 3, 4, 5]
    assert requests(20, answers, margin=margin, period=5) == [0, 5, 10, 15]


def test_without_margin_and_period_a_plan_is_used_to_its_end() -> None:
    assert requests(30, dict.fromkeys(range(30), 1), margin=0) == [0, 11, 22]


@given(st.dictionaries(st.integers(0, 99), st.integers(1, 9)))
def test_never_deadlocks_and_never_floods(answer_after: dict[int, int]) -> None:
    made = requests(100, answer_after)
    gaps = [later - earlier for earlier, later in zip(made, [*made[1:], 100], strict=True)]
    assert made[0] == 0
    assert all(gap >= 3 for gap in gaps[:-1])
    assert all(gap <= 8 for gap in gaps)
