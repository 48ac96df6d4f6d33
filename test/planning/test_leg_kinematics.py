import mujoco
import numpy as np
import pytest

from diffusion_mpc_ros.planning.leg_kinematics import Feet, by_joint, by_leg
from diffusion_mpc_ros.planning.trajectory import LEGS
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER
from diffusion_mpc_ros.simulation.go2 import build_model

STEP = 1e-6


@pytest.fixture
def poses() -> np.ndarray:
    """(50, 12) within the joint limits."""
    return np.random.default_rng(1).uniform(JOINT_LOWER, JOINT_UPPER, (50, 12))


def test_feet_are_where_the_simulated_robot_has_them(poses: np.ndarray) -> None:
    model = build_model(0.005)
    data = mujoco.MjData(model)
    position = np.moveaxis(Feet.at(by_leg(poses)).position, (1, 0), (-2, -1))  # (50, 4, 3)
    for pose, feet in zip(poses, position, strict=True):
        data.qpos[:] = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, *pose]
        mujoco.mj_kinematics(model, data)
        np.testing.assert_allclose(feet, [data.site(f"{leg}_foot").xpos for leg in LEGS], atol=1e-7)


def test_jacobian_is_the_derivative_of_the_position(poses: np.ndarray) -> None:
    q = by_leg(poses)
    jacobian = Feet.at(q).jacobian
    for joint in range(3):
        step = STEP * np.eye(3)[joint].reshape(3, 1, 1)
        slope = (Feet.at(q + step).position - Feet.at(q - step).position) / (2 * STEP)
        np.testing.assert_allclose(jacobian[:, joint], slope, atol=1e-8)


def test_jacobian_rate_is_that_of_the_jacobian_and_the_derivative_of_the_velocity(poses: np.ndarray) -> None:
    q = by_leg(poses)
    dq = np.random.default_rng(2).normal(0.0, 5.0, q.shape)
    rate = Feet.at(q).jacobian_rate(dq)
    later, earlier = Feet.at(q + STEP * dq), Feet.at(q - STEP * dq)
    np.testing.assert_allclose(rate, (later.jacobian - earlier.jacobian) / (2 * STEP), atol=1e-7)
    for joint in range(3):
        step = STEP * np.eye(3)[joint].reshape(3, 1, 1)
        slope = (Feet.at(q + step).velocity(dq) - Feet.at(q - step).velocity(dq)) / (2 * STEP)
        np.testing.assert_allclose(rate[:, joint], slope, atol=1e-7)


def test_by_leg_and_back() -> None:
    joints = np.arange(24.0).reshape(2, 12)
    assert by_leg(joints)[2, 1].tolist() == [5.0, 17.0]  # calf of the second leg
    np.testing.assert_array_equal(by_joint(by_leg(joints)), joints)
