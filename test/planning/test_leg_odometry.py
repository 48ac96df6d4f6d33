import numpy as np

from diffusion_mpc_ros.planning.leg_kinematics import Feet, by_leg
from diffusion_mpc_ros.planning.leg_odometry import LegOdometry
from diffusion_mpc_ros.robot.spec import STAND_POSE

STEP = 1e-5
DOWN = np.array([0.0, 0.0, -1.0])


def turned(angles: np.ndarray) -> np.ndarray:
    """Rotation matrix of a rotation vector (Rodrigues)."""
    angle = np.linalg.norm(angles)
    x, y, z = angles / angle
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew


def positions(q: np.ndarray) -> np.ndarray:
    """(3, 4) of the feet."""
    return np.array(Feet.at(q, np.zeros_like(q)).position)


def standing_on(feet: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Joint positions by leg (3, 4) near ``q`` that put the feet (3, 4) there, in the trunk's frame (Newton)."""
    for _ in range(10):
        rows, none = [], (np.zeros(4), np.zeros(4))
        for axis in np.eye(3):
            by_q = np.empty_like(q)
            x, y, z = np.outer(axis, np.ones(4))
            Feet.at(q, np.zeros_like(q)).pull((x, y, z), none, by_q, np.empty_like(q))
            rows.append(by_q.T)  # (4, 3)
        step = np.linalg.solve(np.stack(rows, axis=1), (feet - positions(q)).T[..., None])[..., 0]
        q = q + step.T
    return q


def test_a_trunk_that_moves_over_fixed_feet_is_measured_exactly() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        attitude = turned(rng.normal(0.0, 0.2, 3))
        omega, velocity = rng.normal(0.0, 1.0, 3), rng.normal(0.0, 0.5, 3)
        q = by_leg(STAND_POSE + rng.normal(0.0, 0.05, 12))
        ground = attitude @ positions(q)  # the trunk begins at the world's origin
        later, earlier = (
            standing_on((attitude @ turned(t * omega)).T @ (ground - t * velocity[:, None]), q) for t in (STEP, -STEP)
        )
        odometry = LegOdometry.at(omega, attitude.T @ DOWN, q, (later - earlier) / (2 * STEP))
        np.testing.assert_allclose(odometry.velocity, (attitude.T @ velocity)[:2], atol=1e-6)
        np.testing.assert_allclose(odometry.by_foot, np.tile(odometry.velocity[:, None], 4), atol=1e-6)


def test_a_lifted_foot_does_not_count() -> None:
    q = by_leg(STAND_POSE.copy())
    q[1:, 2] += 0.3, -0.6  # folds the third leg: its foot rises by some centimetres
    dq = np.zeros((3, 4))
    dq[:, 2] = 10.0
    odometry = LegOdometry.at(np.zeros(3), DOWN, q, dq)
    assert odometry.weights[2] < 1e-3
    np.testing.assert_allclose(odometry.weights.sum(), 1.0)
    assert np.linalg.norm(odometry.velocity) < 1e-2


def test_feet_on_level_ground_count_alike() -> None:
    odometry = LegOdometry.at(np.zeros(3), DOWN, by_leg(np.tile([0.0, 0.9, -1.8], 4)), np.zeros((3, 4)))
    np.testing.assert_allclose(odometry.weights, 0.25)
    np.testing.assert_allclose(odometry.velocity, 0.0)
