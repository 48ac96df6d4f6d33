import mujoco
import numpy as np
import pytest

from diffusion_mpc_ros.planning.leg_kinematics import Feet, by_leg
from diffusion_mpc_ros.planning.trajectory import LEGS
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER
from diffusion_mpc_ros.simulation.go2 import build_model

STEP = 1e-6


@pytest.fixture
def poses() -> np.ndarray:
    """(50, 12) within the joint limits."""
    return np.random.default_rng(1).uniform(JOINT_LOWER, JOINT_UPPER, (50, 12))


def test_feet_are_where_the_simulated_robot_has_them(poses: np.ndarray) -> None:
    q = by_leg(poses)
    model = build_model(0.005)
    data = mujoco.MjData(model)
    position = np.moveaxis(np.array(Feet.at(q, np.zeros_like(q)).position), (1, 0), (-2, -1))  # (50, 4, 3)
    for pose, feet in zip(poses, position, strict=True):
        data.qpos[:] = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, *pose]
        mujoco.mj_kinematics(model, data)
        np.testing.assert_allclose(feet, [data.site(f"{leg}_foot").xpos for leg in LEGS], atol=1e-7)


@pytest.mark.parametrize("component", range(5))
def test_pulls_are_the_derivatives_of_position_and_velocity(poses: np.ndarray, component: int) -> None:
    """Each component's derivative by every joint's position and velocity, by central differences."""
    q = by_leg(poses)
    dq = np.random.default_rng(2).normal(0.0, 5.0, q.shape)
    slopes = [np.full(q.shape[1:], float(index == component)) for index in range(5)]
    by_q, by_dq = np.empty_like(q), np.empty_like(q)
    Feet.at(q, dq).pull((slopes[0], slopes[1], slopes[2]), (slopes[3], slopes[4]), by_q, by_dq)

    def at(q: np.ndarray, dq: np.ndarray) -> np.ndarray:
        feet = Feet.at(q, dq)
        return (*feet.position, *feet.velocity)[component]

    for joint in range(3):
        step = STEP * np.eye(3)[joint].reshape(3, 1, 1)
        np.testing.assert_allclose(by_q[joint], (at(q + step, dq) - at(q - step, dq)) / (2 * STEP), atol=2e-7)
        np.testing.assert_allclose(by_dq[joint], (at(q, dq + step) - at(q, dq - step)) / (2 * STEP), atol=2e-8)


def test_velocity_is_the_rate_of_the_position(poses: np.ndarray) -> None:
    q = by_leg(poses)
    dq = np.random.default_rng(3).normal(0.0, 5.0, q.shape)
    later, earlier = (Feet.at(q + step * dq, dq).position[:2] for step in (STEP, -STEP))
    np.testing.assert_allclose(Feet.at(q, dq).velocity, np.subtract(later, earlier) / (2 * STEP), atol=1e-7)


def test_by_leg_sorts_by_segment_and_leg() -> None:
    joints = np.arange(24.0).reshape(2, 12)
    assert by_leg(joints)[2, 1].tolist() == [5.0, 17.0]  # calf of the second leg
    assert np.shares_memory(by_leg(joints), joints)
