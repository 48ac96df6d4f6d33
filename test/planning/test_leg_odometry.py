import numpy as np

from diffusion_mpc_ros.planning.leg_kinematics import Foot, foot, pull
from diffusion_mpc_ros.planning.leg_odometry import depth, velocity, weigh
from diffusion_mpc_ros.robot.spec import STAND_POSE

STEP = 1e-5
DOWN = np.array([0.0, 0.0, -1.0])


def turned(angles: np.ndarray) -> np.ndarray:
    """Rotation matrix of a rotation vector (Rodrigues)."""
    angle = np.linalg.norm(angles)
    x, y, z = angles / angle
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew


def feet(q: np.ndarray, dq: np.ndarray) -> tuple[Foot, ...]:
    """Of all legs at one pose (12,)."""
    return tuple(foot(leg, *q[3 * leg : 3 * leg + 3], *dq[3 * leg : 3 * leg + 3]) for leg in range(4))


def positions(q: np.ndarray) -> np.ndarray:
    """(4, 3) of the feet."""
    return np.array([at[:3] for at in feet(q, np.zeros(12))])


def standing_on(ground: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Joint positions (12,) near ``q`` that put the feet on points (4, 3), in the trunk's frame (Newton)."""
    for _ in range(10):
        jacobians = np.array(
            [[pull(at, axis[0], axis[1], axis[2], 0.0, 0.0)[0] for axis in np.eye(3)] for at in feet(q, np.zeros(12))]
        )
        q = q + np.linalg.solve(jacobians, (ground - positions(q))[..., None]).reshape(12)
    return q


def estimate(q: np.ndarray, dq: np.ndarray, omega: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each foot says (4, 2), m/s, and how much it counts, (4,)."""
    weights = np.array([[depth(at, *down)] for at in feet(q, dq)])
    weigh(weights, 0)
    return np.array([velocity(at, *omega) for at in feet(q, dq)]), weights[:, 0]


def test_a_trunk_that_moves_over_fixed_feet_is_measured_exactly() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        attitude = turned(rng.normal(0.0, 0.2, 3))
        omega, v = rng.normal(0.0, 1.0, 3), rng.normal(0.0, 0.5, 3)
        q = STAND_POSE + rng.normal(0.0, 0.05, 12)
        ground = positions(q) @ attitude.T  # the trunk begins at the world's origin
        later, earlier = (standing_on((ground - t * v) @ (attitude @ turned(t * omega)), q) for t in (STEP, -STEP))
        said, weights = estimate(q, (later - earlier) / (2 * STEP), omega, attitude.T @ DOWN)
        np.testing.assert_allclose(said, np.tile((attitude.T @ v)[:2], (4, 1)), atol=1e-6)
        np.testing.assert_allclose(weights.sum(), 1.0)


def test_a_lifted_foot_does_not_count() -> None:
    q, dq = STAND_POSE.copy(), np.zeros(12)
    q[7:9] += 0.3, -0.6  # folds the third leg: its foot rises by some centimetres
    dq[6:9] = 10.0
    said, weights = estimate(q, dq, np.zeros(3), DOWN)
    assert weights[2] < 1e-3
    assert np.linalg.norm(weights @ said) < 1e-2


def test_feet_on_level_ground_count_alike() -> None:
    said, weights = estimate(np.tile([0.0, 0.9, -1.8], 4), np.zeros(12), np.zeros(3), DOWN)
    np.testing.assert_allclose(weights, 0.25)
    np.testing.assert_allclose(said, 0.0)
