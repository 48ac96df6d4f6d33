"""A plan that does not come is noticed at its due tick."""

from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.execution.answer_watch import AnswerWatch

MARGIN = 3


def test_the_due_tick() -> None:
    watch = AnswerWatch(MARGIN)
    assert not watch.is_overdue(100)
    watch.requested(5)
    assert [tick for tick in range(5, 12) if watch.is_overdue(tick)] == [8, 9, 10, 11]
    watch.requested(8)
    assert watch.is_overdue(9)
    watch.answered(8)
    assert not watch.is_overdue(100)


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.integers(0, 8))))
def test_overdue_exactly_when_an_open_request_is_older_than_the_margin(steps: list[tuple[int, bool, int]]) -> None:
    watch, now, asked = AnswerWatch(MARGIN), 0, []
    for elapsed, asks, age in steps:
        now += elapsed
        if asks:
            watch.requested(now)
            asked.append(now)
        else:
            watch.answered(now - age)
            asked = [tick for tick in asked if tick > now - age]
        assert watch.is_overdue(now) == any(now >= tick + MARGIN for tick in asked)
