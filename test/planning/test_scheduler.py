from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.sampling import SamplerSettings
from diffusion_mpc_ros.planning.scheduler import LEAST_STEPS, Scheduler
from diffusion_mpc_ros.planning.warm_start import WarmStart

ASKED = Objective(sampling=SamplerSettings(candidates=100, steps=10, deadline_ms=16.0))


def run(scheduler: Scheduler, cost_s: float, plans: int, asked: Objective = ASKED) -> list[SamplerSettings]:
    """Settings of plans on a machine where a candidate's step takes ``cost_s``."""
    used = []
    for _ in range(plans):
        settings = scheduler.paced(asked).sampling
        scheduler.took(1e-4 + cost_s * settings.candidates * settings.steps, asked.sampling.deadline_ms)
        used.append(settings)
    return used


def test_a_fast_machine_makes_every_candidate() -> None:
    assert run(Scheduler(), 1e-6, 20) == [ASKED.sampling] * 20


def test_without_a_deadline_nothing_is_saved() -> None:
    patient = replace(ASKED, sampling=replace(ASKED.sampling, deadline_ms=0.0))
    assert run(Scheduler(), 1.0, 5, patient) == [patient.sampling] * 5


def test_a_slow_plan_is_followed_by_those_within_the_deadline() -> None:
    used = run(Scheduler(), 4e-5, 10)  # the whole hundred would take 40 ms
    assert used[0] == ASKED.sampling
    for settings in used[1:]:
        assert settings.steps == 10
        assert 4e-5 * settings.candidates * settings.steps < 16e-3
    assert used[-1].candidates >= 25


def test_steps_go_when_one_candidate_is_too_slow() -> None:
    used = run(Scheduler(), 2.5e-3, 10)[-1]
    assert (used.candidates, used.steps) == (1, 5)
    assert run(Scheduler(), 1.0, 10)[-1].steps == LEAST_STEPS


def test_steps_stay_above_those_that_a_cache_saves() -> None:
    cached = replace(ASKED, warm_start=WarmStart(steps=7))
    assert run(Scheduler(), 1.0, 10, cached)[-1].steps == 8


def test_what_was_saved_comes_back_little_by_little_when_the_machine_is_free_again() -> None:
    scheduler = Scheduler()
    assert run(scheduler, 5e-3, 20)[-1].steps < 10
    used = run(scheduler, 1e-6, 200)
    assert used[-1] == ASKED.sampling
    assert max(later.candidates - before.candidates for before, later in pairwise(used)) <= 10


@given(
    st.integers(1, 1000),
    st.integers(1, 10),
    st.floats(1e-3, 1000.0),
    st.lists(st.floats(0.0, 100.0), min_size=1, max_size=30),
)
def test_settings_are_always_possible_and_never_more_than_asked(
    candidates: int, steps: int, deadline_ms: float, times: list[float]
) -> None:
    asked = Objective(sampling=SamplerSettings(candidates, steps=steps, deadline_ms=deadline_ms))
    scheduler = Scheduler()
    for seconds in times:
        settings = scheduler.paced(asked).sampling
        assert 1 <= settings.candidates <= candidates
        assert 1 <= settings.steps <= steps
        scheduler.took(seconds, deadline_ms)
