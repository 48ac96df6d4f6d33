import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from diffusion_mpc_ros.planning.constraints import ConstraintSet, JointPositionBox, JointVelocityBox
from diffusion_mpc_ros.planning.trajectory import ACTION, JOINT_POSITION, JOINT_VELOCITY, NUM_JOINTS, WIDTH

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
def test_limits_hold_and_the_rest_is_untouched(a: np.ndarray, b: np.ndarray, tau: np.ndarray) -> None:
    constraints, lower, upper, speed = boxes(a, b)
    result = projected(constraints, tau)
    for columns in (JOINT_POSITION, ACTION):
        assert np.all(result[..., columns] >= lower - 1e-6)
        assert np.all(result[..., columns] <= upper + 1e-6)
    assert np.all(np.abs(result[..., JOINT_VELOCITY].astype(np.float64)) <= speed)
    touched = np.zeros(WIDTH, bool)
    for columns in (JOINT_POSITION, JOINT_VELOCITY, ACTION):
        touched[columns] = True
    np.testing.assert_array_equal(result[..., ~touched], tau[..., ~touched])


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
    tau = np.full((1, 1, WIDTH), start, np.float32)
    JointPositionBox(np.full(NUM_JOINTS, lower), np.full(NUM_JOINTS, upper)).project(tau)
    target = tau[..., ACTION].astype(np.float64)
    assert np.all(target >= lower)
    assert np.all(target <= upper)


def test_projections_are_applied_in_order() -> None:
    low = JointPositionBox(np.full(NUM_JOINTS, -1.0), np.full(NUM_JOINTS, -0.5))
    high = JointPositionBox(np.full(NUM_JOINTS, 0.5), np.full(NUM_JOINTS, 1.0))
    tau = np.zeros((1, 1, WIDTH), np.float32)
    assert np.all(projected(ConstraintSet((low, high)), tau)[..., ACTION] == 0.5)
    assert np.all(projected(ConstraintSet((high, low)), tau)[..., ACTION] == -0.5)


def test_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match=r"lower\[0\]: expected at most upper\[0\] = -1, got 1"):
        JointPositionBox(np.ones(NUM_JOINTS), -np.ones(NUM_JOINTS))
    with pytest.raises(ValueError, match="limit: expected no negative number, got -2"):
        JointVelocityBox(np.full(NUM_JOINTS, -2.0))
    with pytest.raises(ValueError, match=r"upper\[0\]: expected a finite number, got nan"):
        JointPositionBox(np.zeros(NUM_JOINTS), np.full(NUM_JOINTS, np.nan))
