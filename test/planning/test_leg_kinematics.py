import mujoco
import numpy as np
import pytest

from diffusion_mpc_ros.planning.leg_kinematics import Foot, foot, pull
from diffusion_mpc_ros.planning.trajectory import LEGS
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER
from diffusion_mpc_ros.simulation.go2 import build_model

STEP = 1e-6
COMPONENTS = Foot._fields[:5]


@pytest.fixture
def poses() -> np.ndarray:
    """(50, 12) within the joint limits."""
    return np.random.default_rng(1).uniform(JOINT_LOWER, JOINT_UPPER, (50, 12))


@pytest.fixture
def rates() -> np.ndarray:
    """(50, 12) rad/s."""
    return np.random.default_rng(2).normal(0.0, 5.0, (50, 12))


def feet(q: np.ndarray, dq: np.ndarray) -> list[Foot]:
    """Of all legs at one pose (12,)."""
    return [foot(leg, *q[3 * leg : 3 * leg + 3], *dq[3 * leg : 3 * leg + 3]) for leg in range(4)]


def test_feet_are_where_the_simulated_robot_has_them(poses: np.ndarray) -> None:
    model = build_model(0.005)
    data = mujoco.MjData(model)
    for pose in poses:
        data.qpos[:] = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, *pose]
        mujoco.mj_kinematics(model, data)
        for name, at in zip(LEGS, feet(pose, np.zeros(12)), strict=True):
            np.testing.assert_allclose((at.x, at.y, at.z), data.site(f"{name}_foot").xpos, atol=1e-7)


@pytest.mark.parametrize("component", range(5), ids=COMPONENTS)
def test_pulls_are_the_derivatives_of_position_and_velocity(
    poses: np.ndarray, rates: np.ndarray, component: int
) -> None:
    """Each component's derivative by every joint's position and velocity, by central differences."""
    slope = tuple(float(index == component) for index in range(5))
    for q, dq in zip(poses, rates, strict=True):
        for leg, at in enumerate(feet(q, dq)):
            by_q, by_dq = pull(at, *slope)
            for joint in range(3):
                step = STEP * np.eye(12)[3 * leg + joint]
                for derivative, ahead, behind in (
                    (by_q[joint], feet(q + step, dq), feet(q - step, dq)),
                    (by_dq[joint], feet(q, dq + step), feet(q, dq - step)),
                ):
                    expected = (ahead[leg][component] - behind[leg][component]) / (2 * STEP)
                    assert derivative == pytest.approx(expected, rel=1e-6, abs=5e-6)  # sine is a polynomial


def test_velocity_is_the_rate_of_the_position(poses: np.ndarray, rates: np.ndarray) -> None:
    for q, dq in zip(poses, rates, strict=True):
        for at, later, earlier in zip(feet(q, dq), feet(q + STEP * dq, dq), feet(q - STEP * dq, dq), strict=True):
            moved = np.subtract(later[:2], earlier[:2]) / (2 * STEP)
            np.testing.assert_allclose((at.x_rate, at.y_rate), moved, atol=2e-6)
