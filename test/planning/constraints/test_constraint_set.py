"""All limits together: random ones that some plan can keep, and trajectories that know nothing of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.constraints.boxes import LEG_BOXES, JointPositionBox, JointVelocityBox
from diffusion_mpc_ros.planning.constraints.constraint_set import ConstraintSet
from diffusion_mpc_ros.planning.constraints.limits import Constraint
from diffusion_mpc_ros.planning.constraints.linear import LinearRows
from diffusion_mpc_ros.planning.constraints.rate import ActionRate
from diffusion_mpc_ros.planning.constraints.registry import CONSTRAINTS, ON_BY_DEFAULT
from diffusion_mpc_ros.planning.constraints.timed import TimedPositionBox
from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.noise import NoiseBank
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.rewards.joints import JointAcceleration, JointVelocity, Posture
from diffusion_mpc_ros.planning.sampler import Sampler
from diffusion_mpc_ros.planning.sampling import METHODS, Given, SamplerSettings
from diffusion_mpc_ros.planning.trajectory import (
    ACTION,
    COLUMN_NAMES,
    JOINT_POSITION,
    JOINT_VELOCITY,
    NUM_JOINTS,
    PREVIOUS_ACTION,
    STATE,
    STATE_DIM,
    WIDTH,
)

TOLERANCE = 1e-6
HORIZON = 11
SEEDS = st.integers(0, 2**32 - 1)
KINDS = st.sets(st.sampled_from(["legs", "timed", "velocity", "linear", "rate"]))
ALL = frozenset({"legs", "timed", "velocity", "linear", "rate"})


@dataclass(frozen=True, eq=False)
class Problem:
    """Limits with a plan that keeps them: a straight line between two postures.

    Attributes:
        members: the constraints.
        plan: (H, 57) keeps them.
        previous: (12,) an action within a step of the plan's first.
        excess: by how much each limit is violated by trajectories (M, H, 57), at most.
    """

    members: tuple[Constraint, ...]
    plan: np.ndarray
    previous: np.ndarray
    excess: Callable[[np.ndarray], dict[str, float]]


def problem(seed: int, kinds: frozenset[str]) -> Problem:
    rng = np.random.default_rng(seed)
    step = rng.uniform(0.002, 0.4, NUM_JOINTS)
    first = np.concatenate([rng.normal(0.0, 2.0, STATE_DIM), rng.uniform(-1.5, 1.5, NUM_JOINTS)])
    last = first + 0.5 * rng.normal(size=WIDTH)
    last[ACTION] = first[ACTION] + rng.uniform(-1.0, 1.0, NUM_JOINTS) * np.minimum(step * (HORIZON - 1), 1.0)
    for posture in (first, last):
        posture[JOINT_POSITION] = np.clip(posture[JOINT_POSITION], -3.0, 3.0)
        posture[JOINT_VELOCITY] *= 3.0
    plan = np.linspace(first, last, HORIZON)
    previous = first[ACTION] + rng.uniform(-1.0, 1.0, NUM_JOINTS) * step

    def around(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        below, above = rng.exponential(0.3, (2, NUM_JOINTS))
        return low - below - 1e-4, high + above + 1e-4

    low, high = (bound([first, last]) for bound in (lambda x: np.min(x, axis=0), lambda x: np.max(x, axis=0)))
    lower, upper = around(np.minimum(low[JOINT_POSITION], low[ACTION]), np.maximum(high[JOINT_POSITION], high[ACTION]))
    bounds = np.full((2, HORIZON, WIDTH), np.inf) * np.array([-1.0, 1.0])[:, None, None]
    members: list[Constraint] = [JointPositionBox(lower - 0.1, upper + 0.1)]
    bounds[0][:, JOINT_POSITION], bounds[1][:, JOINT_POSITION] = lower - 0.1, upper + 0.1
    if "legs" in kinds:
        members += [box(lower[3 * i : 3 * i + 3], upper[3 * i : 3 * i + 3]) for i, box in enumerate(LEG_BOXES)]
        bounds[0][:, JOINT_POSITION], bounds[1][:, JOINT_POSITION] = lower, upper
    if "timed" in kinds:
        ends = [
            around(np.minimum(x[JOINT_POSITION], x[ACTION]), np.maximum(x[JOINT_POSITION], x[ACTION]))
            for x in (first, last)
        ]
        members.append(TimedPositionBox(*ends[0], *ends[1]))
        tighter = (np.maximum, np.minimum)
        for side, bound in enumerate(bounds):
            timed = np.linspace(ends[0][side], ends[1][side], HORIZON)
            bound[:, JOINT_POSITION] = tighter[side](bound[:, JOINT_POSITION], timed)
    if "velocity" in kinds:
        speed = np.maximum(np.abs(low), np.abs(high))[JOINT_VELOCITY] + 1e-4
        members.append(JointVelocityBox(speed))
        bounds[0][:, JOINT_VELOCITY], bounds[1][:, JOINT_VELOCITY] = -speed, speed
    bounds[..., ACTION] = bounds[..., JOINT_POSITION]
    bounds[0, 0, STATE], bounds[1, 0, STATE] = -np.inf, np.inf
    a, b = np.zeros((rng.integers(1, 7), WIDTH)), np.zeros(0)
    if "linear" in kinds:
        chosen = rng.choice(WIDTH if rng.random() < 0.5 else range(STATE_DIM, WIDTH), rng.integers(1, 7), replace=False)
        a[:, chosen] = rng.normal(size=(len(a), len(chosen)))
        a *= rng.choice([0.1, 1.0, 100.0], (len(a), 1)) / np.linalg.norm(a, axis=1, keepdims=True)
        room = rng.exponential(0.2, len(a)) + 1e-3
        b = np.maximum(a @ first, a @ last) + room * np.linalg.norm(a, axis=1)
        members.append(LinearRows(tuple(COLUMN_NAMES[i] for i in chosen), a[:, chosen].ravel(), b))
    if "rate" in kinds:
        members.append(ActionRate(step))

    def excess(tau: np.ndarray) -> dict[str, float]:
        tau = tau.astype(np.float64)
        found = {"bounds": max(np.max(bounds[0] - tau), np.max(tau - bounds[1]))}
        if "linear" in kinds:
            above = tau @ a.T - b
            above[:, 0, np.any(a[:, STATE] != 0.0, axis=1)] = -np.inf
            found["rows"] = above.max()
        if "rate" in kinds:
            moves = np.diff(tau[..., ACTION], axis=1, prepend=tau[:, :1, PREVIOUS_ACTION])
            found["steps"] = np.max(np.abs(moves) - step)
        return found

    return Problem(tuple(members), plan, previous, excess)


def wild(seed: int, spread: float, previous: np.ndarray) -> np.ndarray:
    tau = np.random.default_rng(seed).normal(0.0, spread, (4, HORIZON, WIDTH)).astype(np.float32)
    tau[:, 0, PREVIOUS_ACTION] = previous
    return tau


@settings(max_examples=300)
@given(SEEDS, KINDS, st.floats(0.0, 4.0))
@example(7, ALL, 4.0)
@example(542149, ALL, 3.0)
@example(191261, ALL, 0.0)
def test_no_limit_is_violated_and_projecting_again_changes_nothing(seed: int, kinds: set[str], spread: float) -> None:
    """Up to 10^4 in spread."""
    given_limits = problem(seed, frozenset(kinds))
    constraints = ConstraintSet(given_limits.members)
    tau = wild(seed, 10.0**spread, given_limits.previous)
    measured = tau[:, 0, STATE].copy()
    constraints.project(tau)
    assert all(excess <= TOLERANCE for excess in given_limits.excess(tau).values()), given_limits.excess(tau)
    np.testing.assert_array_equal(tau[:, 0, STATE], measured)
    again = tau.copy()
    constraints.project(again)
    np.testing.assert_array_equal(again, tau)


@given(SEEDS, KINDS)
def test_a_plan_that_keeps_the_limits_is_left_as_it_is(seed: int, kinds: set[str]) -> None:
    given_limits = problem(seed, frozenset(kinds))
    tau = given_limits.plan[None].astype(np.float32)
    tau[:, 0, PREVIOUS_ACTION] = given_limits.previous
    if max(given_limits.excess(tau).values()) > 0.0:
        return  # rounding to float32 made a violation of the last bit
    kept = tau.copy()
    ConstraintSet(given_limits.members).project(kept)
    np.testing.assert_array_equal(kept, tau)


@given(SEEDS, KINDS)
def test_the_order_of_the_members_does_not_matter_to_what_holds(seed: int, kinds: set[str]) -> None:
    given_limits = problem(seed, frozenset(kinds))
    tau = wild(seed, 1.0, given_limits.previous)
    ConstraintSet(given_limits.members[::-1]).project(tau)
    assert all(excess <= TOLERANCE for excess in given_limits.excess(tau).values())


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(SEEDS, KINDS, st.sampled_from([0.0, 1.0, 1e3, 1e6]), st.sampled_from(sorted(METHODS)))
@example(3, ALL, 1e6, "ddpm")
def test_sampled_plans_keep_the_limits_whatever_the_weights(
    prior: Prior, seed: int, kinds: set[str], weight: float, method: str
) -> None:
    given_limits = problem(seed, frozenset(kinds))
    terms = (Posture(np.full(NUM_JOINTS, 5.0)), JointVelocity(), JointAcceleration())
    rng = np.random.default_rng(seed)
    s0 = rng.normal(size=(2, STATE_DIM)).astype(np.float32)
    s0[:, PREVIOUS_ACTION] = given_limits.previous
    plans = Sampler(prior, NoiseBank(rng, size=10_000))(
        CompositeReward(tuple((weight, term) for term in terms)),
        ConstraintSet(given_limits.members),
        SamplerSettings(candidates=3, guidance_scale=10.0, method=method),
        Given.of(s0),
    )
    assert all(excess <= TOLERANCE for excess in given_limits.excess(plans.best).values())


def test_targets_step_towards_their_aim_as_fast_as_they_may() -> None:
    tau = np.full((1, 5, WIDTH), 1.0, np.float32)
    tau[:, 0, PREVIOUS_ACTION] = 0.0
    ConstraintSet((ActionRate(np.full(NUM_JOINTS, 0.3)),)).project(tau)
    np.testing.assert_allclose(tau[0, :, ACTION][:, 0], [0.3, 0.6, 0.9, 1.0, 1.0], atol=1e-5)


def test_targets_set_out_in_time_for_limits_to_come() -> None:
    """Limits that rise by 0.1 a row, at a step of 0.1, leave no time to wait until they press."""
    ones = np.ones(NUM_JOINTS)
    timed = TimedPositionBox(-2.0 * ones, ones, 0.5 * ones, ones)
    tau = np.full((1, HORIZON, WIDTH), -1.0, np.float32)
    tau[:, 0, PREVIOUS_ACTION] = -0.6
    ConstraintSet((timed, ActionRate(0.1 * ones))).project(tau)
    np.testing.assert_allclose(tau[0, :, ACTION][:, 0], np.linspace(-0.5, 0.5, HORIZON), atol=1e-5)


@pytest.mark.parametrize("rows", [False, True], ids=["bounds", "rows"])
def test_position_limits_win_over_the_rate_and_later_steps_keep_it(rows: bool) -> None:
    """The previous action is four steps away from all that the limits allow."""
    ones = np.ones(NUM_JOINTS)
    members: list[Constraint] = [JointPositionBox(0.4 * ones, ones), ActionRate(0.1 * ones)]
    if rows:
        hips = ("action.FR_hip_joint", "action.FL_hip_joint")
        members.append(LinearRows(hips, np.array([-1.0, -1.0]), np.array([-1.0])))
    tau = wild(0, 1.0, np.zeros(NUM_JOINTS))
    ConstraintSet(tuple(members)).project(tau)
    actions = tau[..., ACTION].astype(np.float64)
    assert np.all((actions >= 0.4 - TOLERANCE) & (actions <= 1.0 + TOLERANCE))
    assert np.all(np.abs(np.diff(actions, axis=1)) <= 0.1 + TOLERANCE)
    if rows:
        assert np.all(actions[..., 0] + actions[..., 3] >= 1.0 - TOLERANCE)
    else:
        np.testing.assert_allclose(actions[:, 0], 0.4, atol=1e-6)


def test_refuses_what_no_posture_keeps_in_one_line() -> None:
    ones = np.ones(NUM_JOINTS)
    low, high = JointPositionBox(-ones, -0.5 * ones), TimedPositionBox(-ones, ones, 0.5 * ones, ones)
    with pytest.raises(
        ValueError, match=r"joint_position: expected to leave position.FR_hip_joint room above 0.5"
    ) as caught:
        ConstraintSet((low, high))
    assert "\n" not in str(caught.value)
    rows = LinearRows(("action.FR_hip_joint", "position.FR_hip_joint"), np.array([-1.0, -1.0]), np.array([0.9]))
    with pytest.raises(
        ValueError, match=r"linear: expected rows .*, got row 0 .* and the bounds on their columns in contr"
    ):
        ConstraintSet((low, rows))


def test_an_empty_set_changes_nothing() -> None:
    tau = wild(0, 1.0, np.zeros(NUM_JOINTS))
    before = tau.copy()
    ConstraintSet().project(tau)
    np.testing.assert_array_equal(tau, before)


def test_constraints_have_names_of_their_own() -> None:
    names = [constraint.name for constraint in CONSTRAINTS]
    assert len(set(names)) == len(names)
    assert set(names) >= ON_BY_DEFAULT


def test_a_rate_is_positive() -> None:
    with pytest.raises(ValueError, match="limit: expected positive numbers, got 0"):
        ActionRate(np.zeros(NUM_JOINTS))
