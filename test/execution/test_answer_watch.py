"""A plan that does not come is noticed at its due tick."""

from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.execution.answer_watch import AnswerWatch

MARGIN = 3


def test_the_due_tick() -> None:
    watch = AnswerWatch(MARGIN)
    assert watch.ticks_overdue(100) is None
    watch.requested(5)
    assert [watch.ticks_overdue(tick) for tick in range(6, 11)] == [None, None, 0, 1, 2]
    watch.requested(8)
    assert watch.ticks_overdue(9) == 1
    watch.answered(8)
    assert watch.ticks_overdue(100) is None


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.integers(0, 8))))
def test_overdue_exactly_when_an_open_request_is_older_than_the_margin(steps: list[tuple[int, bool, int]]) -> None:
    watch, now = AnswerWatch(MARGIN), 0
    asked: list[int] = []
    for elapsed, asks, age in steps:
        now += elapsed
        if asks:
            watch.requested(now)
            asked.append(now)
        else:
            watch.answered(now - age)
            asked = [tick for tick in asked if tick > now - age]
        late = [now - tick - MARGIN for tick in asked if now >= tick + MARGIN]
        assert watch.ticks_overdue(now) == max(late, default=None)
