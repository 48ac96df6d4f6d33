import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.constraints.boxes import JointPositionBox, JointVelocityBox
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema
from diffusion_mpc_ros.planning.parameters import ParameterSpec
from diffusion_mpc_ros.planning.rewards.joints import Posture
from diffusion_mpc_ros.planning.trajectory import LEGS, RobotLimits

NAMES = {
    "posture.weight",
    "posture.target",
    "posture.mask",
    "range.weight",
    "range.lower",
    "range.upper",
    "joint_velocity.weight",
    "joint_velocity.mask",
    "joint_acceleration.weight",
    "joint_acceleration.mask",
    "action_rate.weight",
    "action_rate.mask",
    "leg_velocity_share.weight",
    "leg_velocity_share.mask",
    "leg_posture_share.weight",
    "leg_posture_share.target",
    "leg_posture_share.mask",
    "align.weight",
    "align.direction",
    "smooth.weight",
    "velocity_tracking.weight",
    "velocity_tracking.yaw_gain",
    "slope_posture.weight",
    "slope_posture.level",
    "slope_posture.gain",
    "constraints.joint_position.enabled",
    "constraints.joint_position.lower",
    "constraints.joint_position.upper",
    *(f"constraints.leg_{leg}.{field}" for leg in LEGS for field in ("enabled", "lower", "upper")),
    "constraints.timed_position.enabled",
    "constraints.timed_position.lower_start",
    "constraints.timed_position.upper_start",
    "constraints.timed_position.lower_end",
    "constraints.timed_position.upper_end",
    "constraints.joint_velocity.enabled",
    "constraints.joint_velocity.limit",
    "constraints.linear.enabled",
    "constraints.linear.columns",
    "constraints.linear.a",
    "constraints.linear.b",
    "constraints.action_rate.enabled",
    "constraints.action_rate.limit",
    "sampler.candidates",
    "sampler.coherence",
    "sampler.deadline_ms",
    "cache.state_jump",
    "sampler.guidance_scale",
    "sampler.trust_radius",
    "sampler.method",
    "sampler.temperature",
    "sampler.steps",
    "cache.steps",
    "cache.command_jump",
    "cache.max_age",
}
FIXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_schema_is_complete_and_explains_itself(schema: ObjectiveSchema) -> None:
    assert {spec.name for spec in schema.specs} == NAMES
    assert len(schema.specs) == len(NAMES)
    for spec in schema.specs:
        assert len(spec.text) > 10
        assert spec.parse(spec.default) == spec.default


def test_by_default_nothing_is_weighed_and_mechanical_limits_hold(schema: ObjectiveSchema) -> None:
    objective = schema.objective({}, revision=7)
    assert not objective.reward
    (box,) = objective.constraints.members
    assert isinstance(box, JointPositionBox)
    np.testing.assert_allclose(box.upper, 1.1)
    assert (objective.sampling.candidates, objective.warm_start.steps, objective.revision) == (1, 0, 7)


def test_parameters_arrive_where_they_belong(schema: ObjectiveSchema) -> None:
    objective = schema.objective(
        {
            "posture.weight": 3,
            "posture.target": [1] * 12,
            "posture.mask": [True] + [False] * 11,
            "smooth.weight": 0.5,
            "constraints.joint_position.enabled": False,
            "constraints.joint_velocity.enabled": True,
            "constraints.joint_velocity.limit": [4] * 12,
            "sampler.candidates": 5,
            "cache.steps": 7,
        }
    )
    (weight, posture), (_, smooth) = objective.reward.terms
    assert isinstance(posture, Posture)
    assert (weight, posture.target.tolist(), posture.mask.sum()) == (3.0, [1.0] * 12, 1)
    assert smooth.name == "smooth"
    (box,) = objective.constraints.members
    assert isinstance(box, JointVelocityBox)
    assert (objective.sampling.candidates, objective.warm_start.steps) == (5, 7)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"postur.weight": 1.0}, r"postur.weight: .* unknown name \(did you mean posture.weight\?\)"),
        ({"posture.weight": -1.0}, r"posture.weight: expected a number in \[0, 1e\+06\], got -1.0"),
        ({"posture.target": [0.0] * 11}, "posture.target: expected 12 values, got 11"),
        (
            {"range.lower": [0.5] * 12, "range.upper": [0.4] * 12},
            r"range.lower\[0\]: expected at most upper\[0\] = 0.4",
        ),
        (
            {"constraints.joint_position.enabled": False, "constraints.joint_position.lower": [2.0] * 12},
            r"constraints.joint_position.lower\[0\]: expected at most upper\[0\] = 1.1, got 2",
        ),
        ({"align.direction": [0, 0, 0]}, "align.direction: expected a vector"),
        ({"sampler.candidates": 1.5}, "sampler.candidates: expected a whole number"),
        ({"cache.steps": 10}, r"cache.steps: expected a whole number in \[0, 9\], got 10"),
        ({"cache.steps": 3, "sampler.steps": 3}, r"cache.steps: expected fewer than sampler.steps = 3, got 3"),
        ({"sampler.method": "dpm"}, "sampler.method: expected one of ddpm, ddim, got 'dpm'"),
        (
            {"constraints.linear.columns": ["action.FR_calf_join"]},
            r"constraints.linear.columns: expected a name .* \(did you mean action.FR_calf_joint\?\) at index 0",
        ),
        (
            {"constraints.linear.enabled": True, "constraints.linear.b": [0.5]},
            r"constraints.linear.a: expected 1 rows \(as many as b\) of 2 values",
        ),
        (
            {
                "constraints.leg_RL.enabled": True,
                "constraints.leg_RL.upper": [0, 0, -0.5],
                "constraints.leg_RL.lower": [-1] * 3,
            }
            | {"constraints.joint_position.lower": [-0.4] * 12},
            "leg_RL: .*RL_calf_joint room above -0.4, the lower limit of constraints.joint_position, got .* limit -0.5",
        ),
    ],
)
def test_names_the_culprit(schema: ObjectiveSchema, parameters: dict[str, object], message: str) -> None:
    with pytest.raises(ObjectiveError, match=message):
        schema.objective(parameters)


def test_names_every_culprit(schema: ObjectiveSchema) -> None:
    with pytest.raises(ObjectiveError) as caught:
        schema.objective({"align.weight": math.nan, "smooth.weight": "high"})
    assert str(caught.value).count("expected a number") == 2


def values_for(spec: ParameterSpec) -> st.SearchStrategy[object]:
    """Valid values of a parameter."""

    def one(like: object) -> st.SearchStrategy[object]:
        if isinstance(like, str):
            return st.sampled_from(spec.choices)
        if isinstance(like, bool):
            return st.booleans()
        assert spec.range is not None
        lower, upper = spec.range
        if isinstance(like, int):
            return st.integers(int(lower), int(upper))
        return st.floats(lower, upper) | st.integers(math.ceil(lower), math.floor(upper))

    if isinstance(spec.default, tuple):
        least, most = (1, 20) if spec.any_length else (len(spec.default), len(spec.default))
        unique = isinstance(spec.default[0], str)
        return st.lists(one(spec.default[0]), min_size=least, max_size=most, unique=unique)
    return one(spec.default)


def crossed(values: dict[str, object], specs: Sequence[ParameterSpec]) -> bool:
    full = {spec.name: spec.default for spec in specs} | values
    pairs = [(spec.name, spec.name.replace("lower", "upper")) for spec in specs if "lower" in spec.name]
    return any(np.any(np.asarray(full[a]) > np.asarray(full[b])) for a, b in pairs)


@FIXED
@given(data=st.data())
def test_any_valid_set_makes_an_objective(schema: ObjectiveSchema, data: st.DataObject) -> None:
    # Limits that are switched on may contradict each other; those that are off, and their defaults, may not.
    specs = [spec for spec in schema.specs if not spec.name.endswith(".enabled")]
    chosen = data.draw(st.lists(st.sampled_from(specs), unique_by=lambda spec: spec.name))
    values = {spec.name: data.draw(values_for(spec)) for spec in chosen}
    direction = np.linalg.norm(np.asarray(values.get("align.direction", [0.0, 0.0, 1.0]), np.float64))
    cached = values.get("cache.steps", 0) >= values.get("sampler.steps", 10)  # type: ignore[operator]
    if crossed(values, schema.specs) or direction < 0.11 or cached:
        return
    objective = schema.objective(values)
    assert objective.sampling.candidates == values.get("sampler.candidates", 1)


JUNK: st.SearchStrategy[object] = (
    st.sampled_from([math.nan, math.inf, -math.inf, 1e300, -(10**400), None, "", "1.0", b"x", {}, [], [math.nan] * 12])
    | st.lists(st.floats(), min_size=13, max_size=15)
    | st.text()
)


@FIXED
@given(data=st.data(), junk=JUNK)
def test_one_bad_value_among_good_ones_refuses_the_whole_by_name(
    schema: ObjectiveSchema, data: st.DataObject, junk: object
) -> None:
    bad = data.draw(st.sampled_from([spec for spec in schema.specs if not spec.any_length]))
    with pytest.raises(ObjectiveError, match=bad.name):
        schema.objective({"smooth.weight": 1.0, bad.name: junk})


def test_velocity_feedback_is_there_where_the_model_has_an_odometer(
    schema: ObjectiveSchema, limits: RobotLimits
) -> None:
    def odometer(observation: np.ndarray) -> np.ndarray:
        return observation[:, :2]

    measuring = ObjectiveSchema.of(limits, resources={"feedback.odometer": odometer})
    assert {spec.name for spec in measuring.specs} == NAMES | {"feedback.gain", "feedback.limit"}
    feedback = measuring.objective({"feedback.gain": 2, "feedback.limit": 0.1}).feedback
    assert feedback is not None
    assert (feedback.gain, feedback.limit, feedback.odometer) == (2.0, 0.1, odometer)
    assert schema.objective({}).feedback is None
    with pytest.raises(ObjectiveError, match=r"feedback\.gain: expected a parameter that the model supports, got one"):
        schema.objective({"feedback.gain": 2.0})
    assert schema.claims("feedback.gain")
