import numpy as np
import pytest

from diffusion_mpc_ros.demo.obedience import TICK_S, LiveRecord, PlanUse, SetCall

START = 1000.0
PERIOD, MARGIN = 8, 3


def record(new_from: int, calves_from: float, before: float, after: float) -> LiveRecord:
    """A walk of 4 s with plans in time, of another revision from a plan on, and calves that jump at a time."""
    plans = range(0, 200, PERIOD)
    times = np.arange(START, START + 4.0, TICK_S)
    return LiveRecord(
        revisions={tick: 5 if tick >= new_from else 3 for tick in plans},
        uses=[PlanUse(START + TICK_S * (tick + MARGIN), tick, tick + MARGIN) for tick in plans],
        calves=[(time, after if time >= calves_from else before) for time in times],
    )


def test_a_call_is_followed_to_the_first_action_under_it() -> None:
    # Made in tick 50, just after the request of tick 48: the plan of tick 56 is the first under it, from tick 59 on.
    call = SetCall(START + 50.0 * TICK_S, START + 50.5 * TICK_S)
    came = record(56, START + 1.3, -1.4, -1.2).obedience(call, goal=-1.0)
    assert came is not None
    assert came.ticks_to_plan == pytest.approx(5.5)
    assert came.ticks_to_action == pytest.approx(8.5)
    assert came.plan_ticks == pytest.approx(MARGIN)
    assert came.ms_to_action == pytest.approx(170.0)
    assert came.calf_before == pytest.approx(-1.4)
    assert came.calf_after == pytest.approx(-1.2)
    assert came.share == pytest.approx(0.5)


def test_a_plan_in_work_when_the_call_returns_may_obey_already() -> None:
    # The plan of tick 48 was requested before the call and made after it.
    call = SetCall(START + 48.1 * TICK_S, START + 48.2 * TICK_S)
    came = record(48, START + 1.0, -1.4, -1.2).obedience(call, goal=-1.2)
    assert came is not None
    assert came.ticks_to_plan == pytest.approx(-0.2)


def test_a_call_that_no_plan_obeys_has_no_figures() -> None:
    walked = record(1000, START, -1.4, -1.4)
    assert walked.obedience(SetCall(START + 1.0, START + 1.01), goal=-1.2) is None
    assert walked.obedience(SetCall(START - 1.0, START - 0.9), goal=-1.2) is None


def test_where_nothing_was_measured_there_is_no_mean() -> None:
    assert np.isnan(LiveRecord().calf(0.0, 1.0))
