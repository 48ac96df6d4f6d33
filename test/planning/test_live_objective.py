import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.live_objective import LiveObjective, Pair, pairs
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema

FIXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
BOX = "constraints.joint_position"


@pytest.fixture
def live(schema: ObjectiveSchema) -> LiveObjective:
    return LiveObjective.of(schema, {"smooth.weight": 2})


def test_pairs_are_found_by_their_names() -> None:
    names = ["range.lower", "range.upper", "box.front_lower", "box.front_upper", "box.rear_lower", "slower", "a.upper"]
    bounds = [(pair.lower, pair.upper) for pair in pairs(names) if not pair.strict]
    assert sorted(bounds) == [("box.front_lower", "box.front_upper"), ("range.lower", "range.upper")]


def test_every_limit_of_the_schema_has_its_pair(schema: ObjectiveSchema) -> None:
    names = {spec.name for spec in schema.specs}
    found = pairs(names)
    assert {name for name in names if "lower" in name} == {pair.lower for pair in found if not pair.strict}
    assert Pair("cache.steps", "sampler.steps", strict=True) in found


def test_a_change_makes_a_new_objective_of_the_next_revision(live: LiveObjective) -> None:
    after = live.after({"sampler.candidates": 4, "posture.weight": 1})
    assert (live.objective.sampling.candidates, after.objective.sampling.candidates) == (1, 4)
    assert after.objective.revision == live.objective.revision + 1
    assert after.values["posture.weight"] == 1.0
    assert isinstance(after.values["posture.weight"], float)


def test_a_change_that_changes_nothing_keeps_the_objective(live: LiveObjective) -> None:
    assert live.after({"smooth.weight": 2.0, "sampler.candidates": 1}).objective is live.objective


def test_names_every_culprit_of_every_kind(live: LiveObjective) -> None:
    changes = {
        "smooth.weight": math.nan,
        "align.direction": [0.0, 0.0, 0.0],
        "nonsense": 1,
        "range.lower": [0.5] * 12,
        "range.upper": [0.4] * 12,
    }
    with pytest.raises(ObjectiveError) as caught:
        live.after(changes)
    for name in ("smooth.weight", "align.direction", "nonsense", "range.lower[0]"):
        assert f"{name}: expected" in str(caught.value)


def test_a_limit_past_its_partner_waits_while_the_rest_of_the_call_takes_effect(live: LiveObjective) -> None:
    waiting = live.after({f"{BOX}.lower": [1.2] * 12, "sampler.candidates": 3})
    (text,) = waiting.waiting
    assert text.startswith(f"{BOX}.lower[0]: expected at most {BOX}.upper[0] = 1.1, got 1.2; ")
    assert waiting.values[f"{BOX}.lower"] == (1.2,) * 12
    assert waiting.obeyed[f"{BOX}.lower"] == (-1.0,) * 12
    assert waiting.objective.sampling.candidates == 3

    arrived = waiting.after({f"{BOX}.upper": [1.3] * 12})
    assert not arrived.waiting
    assert arrived.obeyed == arrived.values
    tau = np.zeros((1, 11, 57), np.float32)
    arrived.objective.constraints.project(tau)
    assert tau.max() == pytest.approx(1.2)


def test_a_wait_ends_when_the_limit_comes_back(live: LiveObjective) -> None:
    waiting = live.after({f"{BOX}.lower": [1.2] * 12})
    back = waiting.after({f"{BOX}.lower": [-1.0] * 12})
    assert not back.waiting
    assert back.objective is live.objective


def test_the_lengths_of_the_chain_wait_for_each_other_too(live: LiveObjective) -> None:
    cached = live.after({"cache.steps": 7})
    waiting = cached.after({"sampler.steps": 5})
    (text,) = waiting.waiting
    assert text.startswith("cache.steps: expected less than sampler.steps = 5, got 7; the values before hold until")
    assert waiting.objective.sampling.steps == 10
    both = waiting.after({"cache.steps": 3})
    assert (both.objective.sampling.steps, both.objective.warm_start.steps) == (5, 3)


@pytest.mark.parametrize(
    "changes",
    [{"range.lower": [0.5] * 12, "range.upper": [0.4] * 12}, {"cache.steps": 5, "sampler.steps": 5}],
)
def test_limits_set_together_must_agree(live: LiveObjective, changes: dict[str, Any]) -> None:
    with pytest.raises(ObjectiveError):
        live.after(changes)


def test_a_start_with_crossed_limits_is_refused(schema: ObjectiveSchema) -> None:
    with pytest.raises(ObjectiveError, match=r"range\.lower"):
        LiveObjective.of(schema, {"range.lower": [1.2] * 12})


ANGLES = st.lists(st.floats(-2.0, 2.0), min_size=12, max_size=12)


@FIXED
@given(
    first=ANGLES, second=ANGLES, history=st.lists(st.tuples(st.sampled_from(["lower", "upper"]), ANGLES), max_size=4)
)
def test_limits_set_in_either_order_after_anything_lead_to_the_same(
    live: LiveObjective, first: list[float], second: list[float], history: list[tuple[str, list[float]]]
) -> None:
    for side, angles in history:
        live = live.after({f"{BOX}.{side}": angles})
    goal = {f"{BOX}.lower": np.minimum(first, second).tolist(), f"{BOX}.upper": np.maximum(first, second).tolist()}
    outcomes = []
    for order in itertools.permutations(goal.items()):
        reached = live
        for name, value in order:
            reached = reached.after({name: value})
        outcomes.append(reached)
    assert not any(outcome.waiting for outcome in outcomes)
    assert outcomes[0].obeyed == outcomes[1].obeyed == live.after(goal).obeyed


CHANGES: st.SearchStrategy[Mapping[str, Any]] = st.dictionaries(
    st.sampled_from(["range.lower", "range.upper", f"{BOX}.lower", f"{BOX}.upper"]), ANGLES
) | st.fixed_dictionaries(
    {}, optional={"cache.steps": st.integers(0, 9), "sampler.steps": st.integers(1, 10), "smooth.weight": st.floats()}
)


@FIXED
@given(calls=st.lists(CHANGES, max_size=8))
def test_what_is_in_force_is_always_sound_and_a_restart_with_it_gives_the_same(
    live: LiveObjective, calls: list[Mapping[str, Any]]
) -> None:
    for changes in calls:
        before = live
        try:
            live = live.after(changes)
        except ObjectiveError:
            continue
        assert all(not pair.crossing(live.obeyed) for pair in pairs(live.obeyed))
        assert (live.objective is before.objective) == (live.obeyed == before.obeyed)
        assert bool(live.waiting) == (live.obeyed != live.values)
        assert LiveObjective.of(live.schema, live.obeyed).values == live.obeyed


def test_a_preset_replaces_the_whole_objective(live: LiveObjective) -> None:
    first = live.after({"sampler.candidates": 2}).after(live.switched({"posture.weight": 3.0, "cache.steps": 2}))
    assert [(weight, term.name) for weight, term in first.objective.reward.terms] == [(3.0, "posture")]
    assert (first.objective.sampling.candidates, first.objective.warm_start.steps) == (1, 2)
    second = first.after(first.switched({"align.weight": 1.0}))
    assert [(weight, term.name) for weight, term in second.objective.reward.terms] == [(1.0, "align")]
    assert second.objective.warm_start.steps == 0
    assert second.after(second.start).values == live.values


def test_a_preset_ends_every_wait(live: LiveObjective) -> None:
    waiting = live.after({"range.lower": [1.2] * 12})
    assert not waiting.after(waiting.switched({})).waiting
    with pytest.raises(ObjectiveError, match=r"range\.lower"):
        waiting.after(waiting.switched({"range.lower": [1.2] * 12}))
