import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diffusion_mpc_ros.planning.constraints.boxes import LEG_BOXES, JointPositionBox, JointVelocityBox
from diffusion_mpc_ros.planning.constraints.constraint_set import ConstraintSet
from diffusion_mpc_ros.planning.constraints.timed import TimedPositionBox
from diffusion_mpc_ros.planning.trajectory import (
    ACTION,
    JOINT_POSITION,
    JOINT_VELOCITY,
    NUM_JOINTS,
    STATE,
    WIDTH,
    joint_indices,
)

JOINT_VECTORS = hnp.arrays(np.float64, NUM_JOINTS, elements=st.floats(-6.0, 6.0))
TRAJECTORIES = hnp.arrays(np.float32, (2, 3, WIDTH), elements=st.floats(-1e4, 1e4, width=32))


def boxes(a: np.ndarray, b: np.ndarray) -> tuple[ConstraintSet, np.ndarray, np.ndarray, np.ndarray]:
    """A set of both boxes, with its position limits and speed limit."""
    lower, upper, speed = np.minimum(a, b), np.maximum(a, b), np.abs(a) * 5.0
    return ConstraintSet((JointPositionBox(lower, upper), JointVelocityBox(speed))), lower, upper, speed


def projected(constraints: ConstraintSet, tau: np.ndarray) -> np.ndarray:
    result = tau.copy()
    constraints.project(result)
    return result


@given(JOINT_VECTORS, JOINT_VECTORS, TRAJECTORIES)
def test_clamps_each_value_and_leaves_the_rest_and_the_measured_state(
    a: np.ndarray, b: np.ndarray, tau: np.ndarray
) -> None:
    """Clamping is the Euclidean projection onto a box."""
    constraints, lower, upper, speed = boxes(a, b)
    expected = tau.astype(np.float64)
    for columns, low, high in ((JOINT_POSITION, lower, upper), (ACTION, lower, upper), (JOINT_VELOCITY, -speed, speed)):
        expected[..., columns] = np.clip(expected[..., columns], low, high)
    expected[:, 0, STATE] = tau[:, 0, STATE]
    result = projected(constraints, tau).astype(np.float64)
    np.testing.assert_allclose(result, expected, rtol=2e-7, atol=1e-44)
    clamped = expected != tau
    assert np.all(np.abs(result[:, 1:, JOINT_VELOCITY]) <= speed)
    np.testing.assert_array_equal(result[~clamped], tau[~clamped])


@given(JOINT_VECTORS, JOINT_VECTORS, TRAJECTORIES)
def test_projecting_again_changes_nothing(a: np.ndarray, b: np.ndarray, tau: np.ndarray) -> None:
    constraints, *_ = boxes(a, b)
    once = projected(constraints, tau)
    np.testing.assert_array_equal(projected(constraints, once), once)


@given(JOINT_VECTORS, JOINT_VECTORS, TRAJECTORIES, TRAJECTORIES)
def test_projections_come_no_further_apart(a: np.ndarray, b: np.ndarray, one: np.ndarray, other: np.ndarray) -> None:
    constraints, *_ = boxes(a, b)
    apart = np.linalg.norm((one - other).astype(np.float64))
    after = np.linalg.norm((projected(constraints, one) - projected(constraints, other)).astype(np.float64))
    assert after <= apart * (1.0 + 1e-6)


@pytest.mark.parametrize(("lower", "upper", "start"), [(-1.0, 0.1, 1.0), (0.7, 1.0, 0.0)])
def test_limits_are_rounded_inwards(lower: float, upper: float, start: float) -> None:
    """The float32 nearest to 0.1 lies above, that nearest to 0.7 below."""
    box = JointPositionBox(np.full(NUM_JOINTS, lower), np.full(NUM_JOINTS, upper))
    target = projected(ConstraintSet((box,)), np.full((1, 1, WIDTH), start, np.float32))[..., ACTION].astype(np.float64)
    assert np.all(target >= lower)
    assert np.all(target <= upper)


def test_a_fixed_joint_that_is_no_float32_is_fixed() -> None:
    box = JointPositionBox(np.full(NUM_JOINTS, 0.1), np.full(NUM_JOINTS, 0.1))
    tau = projected(ConstraintSet((box,)), np.random.default_rng(0).normal(size=(3, 4, WIDTH)).astype(np.float32))
    np.testing.assert_allclose(tau[..., ACTION], 0.1, atol=1e-7)


def test_boxes_intersect_in_any_order() -> None:
    wide = JointPositionBox(np.full(NUM_JOINTS, -1.0), np.full(NUM_JOINTS, 1.0))
    legs = [box(np.full(3, -2.0), np.full(3, 0.1 * (i + 1))) for i, box in enumerate(LEG_BOXES)]
    tau = np.full((1, 2, WIDTH), 3.0, np.float32)
    one, other = projected(ConstraintSet((wide, *legs)), tau), projected(ConstraintSet((*legs[::-1], wide)), tau)
    np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(one[0, 1, ACTION], np.repeat([0.1, 0.2, 0.3, 0.4], 3), rtol=1e-6)
    np.testing.assert_allclose(projected(ConstraintSet((wide, *legs)), -tau)[0, 1, JOINT_POSITION], -1.0)


@pytest.mark.parametrize("leg", range(4))
def test_a_leg_box_concerns_its_leg(leg: int) -> None:
    box = LEG_BOXES[leg](np.array([0.1, 0.2, 0.3]), np.array([0.1, 0.2, 0.3]))
    assert box.name == f"leg_{box.leg}"
    tau = projected(ConstraintSet((box,)), np.zeros((1, 2, WIDTH), np.float32))
    for columns in (JOINT_POSITION, ACTION):
        np.testing.assert_allclose(tau[0, 1, columns][joint_indices((box.leg,))], [0.1, 0.2, 0.3], rtol=1e-6)
    assert np.count_nonzero(tau) == 3 + 6


@given(JOINT_VECTORS, JOINT_VECTORS, JOINT_VECTORS, JOINT_VECTORS)
def test_timed_limits_run_straight_from_start_to_end(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray
) -> None:
    start, end = (np.minimum(a, b), np.maximum(a, b)), (np.minimum(c, d), np.maximum(c, d))
    constraints = ConstraintSet((TimedPositionBox(*start, *end),))
    rng = np.random.default_rng(0)
    low, high = projected(constraints, np.array([-9.0, 9.0], np.float32)[:, None, None] + np.zeros((2, 5, WIDTH), "f4"))
    for t in range(5):
        lower, upper = ((1.0 - t / 4.0) * start[i] + t / 4.0 * end[i] for i in range(2))
        for columns in (ACTION, *([JOINT_POSITION] if t else [])):
            np.testing.assert_allclose(low[t, columns], lower, rtol=3e-7, atol=1e-7)
            np.testing.assert_allclose(high[t, columns], upper, rtol=3e-7, atol=1e-7)
    once = projected(constraints, rng.normal(0.0, 5.0, (4, 5, WIDTH)).astype(np.float32))
    np.testing.assert_array_equal(projected(constraints, once), once)


def test_refuses_nonsense() -> None:
    ones = np.ones(NUM_JOINTS)
    with pytest.raises(ValueError, match=r"lower\[0\]: expected at most upper\[0\] = -1, got 1"):
        JointPositionBox(ones, -ones)
    with pytest.raises(ValueError, match="limit: expected no negative number, got -2"):
        JointVelocityBox(-2.0 * ones)
    with pytest.raises(ValueError, match=r"upper\[0\]: expected a finite number, got nan"):
        JointPositionBox(0.0 * ones, np.nan * ones)
    with pytest.raises(ValueError, match=r"lower: expected shape \(3,\), got \(12,\)"):
        LEG_BOXES[0](-ones, ones)
    with pytest.raises(ValueError, match=r"lower_end\[0\]: expected at most upper_end\[0\] = -1, got 1"):
        TimedPositionBox(-ones, ones, ones, -ones)
