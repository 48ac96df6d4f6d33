"""The observation holds each quantity in its columns, for one robot and for many."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diffusion_mpc_ros.planning import trajectory
from diffusion_mpc_ros.planning.observation import build_observation, projected_gravity


def test_every_column_is_in_its_place() -> None:
    values = np.arange(45.0)
    observation = build_observation(
        angular_velocity=values[:3],
        gravity=values[3:6],
        command=values[6:9],
        q=values[9:21],
        dq=values[21:33],
        previous_action=values[33:],
    )
    assert observation.dtype == np.float32
    np.testing.assert_array_equal(observation, values)
    assert trajectory.STATE_NAMES[9] == "position.FR_hip_joint"


def test_a_batch_is_its_rows() -> None:
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(5, width)) for width in (3, 3, 3, 12, 12, 12)]
    rows = [build_observation(*(part[row] for part in parts)) for row in range(5)]
    np.testing.assert_array_equal(build_observation(*parts), rows)


def test_one_command_serves_a_batch() -> None:
    zeros = np.zeros((4, 12))
    observation = build_observation(np.zeros(3), np.zeros(3), np.array([0.8, 0.0, 0.1]), zeros, zeros, zeros)
    assert observation.shape == (4, 45)
    np.testing.assert_allclose(observation[:, trajectory.COMMAND], [[0.8, 0.0, 0.1]] * 4)


def rotation(quaternion: np.ndarray) -> np.ndarray:
    """Body to world, from the quaternion's action on vectors: v + 2 w (u x v) + 2 u x (u x v)."""
    w, u = quaternion[0], quaternion[1:]
    return np.stack([v + 2 * w * np.cross(u, v) + 2 * np.cross(u, np.cross(u, v)) for v in np.eye(3)], axis=1)


quaternions = (
    arrays(np.float64, 4, elements=st.floats(-1.0, 1.0))
    .filter(lambda q: np.linalg.norm(q) > 0.1)
    .map(lambda q: q / np.linalg.norm(q))
)


@given(quaternions)
def test_gravity_is_the_world_vertical_seen_from_the_body(quaternion: np.ndarray) -> None:
    expected = rotation(quaternion).T @ [0.0, 0.0, -1.0]
    np.testing.assert_allclose(projected_gravity(quaternion), expected, atol=1e-12)


def test_gravity_by_hand() -> None:
    half = np.sqrt(0.5)
    level, nose_down, on_the_left = [1.0, 0.0, 0.0, 0.0], [half, 0.0, half, 0.0], [half, -half, 0.0, 0.0]
    expected = [[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    np.testing.assert_allclose(projected_gravity(np.array([level, nose_down, on_the_left])), expected, atol=1e-12)


def test_a_silent_imu_does_not_look_level() -> None:
    np.testing.assert_array_equal(projected_gravity(np.zeros(4)), np.zeros(3))
