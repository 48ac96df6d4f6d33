import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.constraints.constraint_set import ConstraintSet
from diffusion_mpc_ros.planning.constraints.linear import LinearRows
from diffusion_mpc_ros.planning.trajectory import ACTION, COLUMN_NAMES, NUM_JOINTS, STATE, WIDTH

CALVES = ("action.FR_calf_joint", "action.FL_calf_joint")
RNG = np.random.default_rng


def column(name: str) -> int:
    return COLUMN_NAMES.index(name)


@given(st.integers(0, 2**32 - 1), st.sets(st.sampled_from(COLUMN_NAMES), min_size=1, max_size=8), st.floats(-10, 10))
def test_one_row_is_projected_onto_the_nearest_point(seed: int, columns: set[str], bound: float) -> None:
    rng = RNG(seed)
    a = rng.uniform(0.1, 2.0, len(columns)) * rng.choice([-1.0, 1.0], len(columns))
    tau = rng.normal(0.0, 3.0, (3, 4, WIDTH)).astype(np.float32)
    expected = tau.astype(np.float64)
    indices = [column(name) for name in columns]
    excess = np.maximum(expected[..., indices] @ a - bound, 0.0)
    if min(indices) < ACTION.start:
        excess[:, 0] = 0.0  # the state of the first row is measured
    expected[..., indices] -= excess[..., None] * a / (a @ a)
    ConstraintSet((LinearRows(tuple(columns), a, np.array([bound])),)).project(tau)
    np.testing.assert_allclose(tau, expected, rtol=1e-5, atol=1e-4)


def test_a_row_on_a_state_spares_the_first_row_and_one_on_actions_does_not() -> None:
    names = ("position.FR_hip_joint", "action.FR_hip_joint", "action.FL_hip_joint")
    rows = LinearRows(names, np.array([1.0, 1.0, 0.0, 0.0, 0.0, 1.0]), np.array([-2.0, -1.0]))
    tau = np.zeros((1, 3, WIDTH), np.float32)
    ConstraintSet((rows,)).project(tau)
    hip = tau[0][:, [column(name) for name in names]]
    np.testing.assert_allclose(hip, [[0.0, 0.0, -1.0], [-1.0, -1.0, -1.0], [-1.0, -1.0, -1.0]], atol=1e-5)
    assert not tau[:, 0, STATE].any()


def test_the_torque_of_the_motors_can_be_limited() -> None:
    """|kp (a - q) - kd dq| <= 20 N m in every row, by two rows for each joint."""
    kp, kd, most = 40.0, 1.0, 20.0
    joints = [name.removeprefix("action.") for name in COLUMN_NAMES[ACTION]]
    columns = tuple(f"{kind}.{joint}" for kind in ("action", "position", "velocity") for joint in joints)
    torque = np.hstack([kp * np.eye(NUM_JOINTS), -kp * np.eye(NUM_JOINTS), -kd * np.eye(NUM_JOINTS)])
    rows = LinearRows(columns, np.vstack([torque, -torque]).ravel(), np.full(2 * NUM_JOINTS, most))
    tau = RNG(0).normal(size=(20, 11, WIDTH)).astype(np.float32)
    ConstraintSet((rows,)).project(tau)
    x = tau[:, 1:, [column(name) for name in columns]].astype(np.float64)
    assert np.all(np.abs(x @ torque.T) <= most)
    assert np.any(np.abs(x @ torque.T) > 0.999 * most)


@pytest.mark.parametrize(
    ("columns", "a", "b", "message"),
    [
        (("action.FR_calf",), [1.0], [0.0], "columns: expected columns of a trajectory, got 'action.FR_calf'"),
        ((CALVES[0],) * 2, [1.0, 1.0], [0.0], f"columns: expected each column once, got {CALVES[0]} 2 times"),
        (CALVES, [1.0, np.nan], [0.0], r"a\[1\]: expected a finite number, got nan"),
    ],
)
def test_refuses_nonsense(columns: tuple[str, ...], a: list[float], b: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LinearRows(columns, np.array(a), np.array(b))


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (
            [1.0, -1.0, 1.0],
            [0.0],
            r"linear.a: expected 1 rows \(as many as b\) of 2 values \(as many as columns\), got 3",
        ),
        ([1.0, -1.0, 0.0, 0.0], [0.0, 0.0], "linear.a: expected rows of norm 0.001 or more, got less in row 1"),
        ([1.0, 0.0, -1.0, 0.0], [-1.0, 0.5], "linear: expected rows .*, got row 0 .*, row 1 .* in contradiction"),
        ([1.0, -1.0, -1.0, 1.0], [0.0, 0.0], "linear: expected rows .*, got row 0 .*, row 1 .* in contradiction"),
    ],
)
def test_refuses_rows_that_make_no_sense_when_they_are_switched_on(
    a: list[float], b: list[float], message: str
) -> None:
    rows = LinearRows(CALVES, np.array(a), np.array(b))
    with pytest.raises(ValueError, match=message) as caught:
        ConstraintSet((rows,))
    assert "\n" not in str(caught.value)
