"""The batched environments: sensing, latency, randomised physics, resets and pushes."""

from dataclasses import replace

import mujoco
import numpy as np
import pytest

from diffusion_mpc_ros.robot.spec import KD, KP, STAND_POSE, TORQUE_LIMIT
from diffusion_mpc_ros.simulation.batch import SUBSTEPS, TIMESTEP, BatchedGo2, rotate_inverse
from diffusion_mpc_ros.simulation.go2 import STAND_HEIGHT, build_model
from diffusion_mpc_ros.simulation.randomization import NOMINAL, TABLE_I, Randomization

NUM = 8


def batch(randomization: Randomization = NOMINAL, seed: int = 0) -> BatchedGo2:
    return BatchedGo2(NUM, randomization, np.random.default_rng(seed))


def wobble(rng: np.random.Generator) -> np.ndarray:
    return STAND_POSE + rng.normal(0.0, 0.2, size=(NUM, 12))


def test_nominal_robots_stand() -> None:
    robot = batch()
    for _ in range(100):
        robot.step(np.tile(STAND_POSE, (NUM, 1)))
    assert not robot.fallen().any()
    np.testing.assert_allclose(robot.height(), STAND_HEIGHT, atol=0.03)
    np.testing.assert_allclose(robot.foot_forces().sum(axis=1), 15.206 * 9.81, rtol=0.05)


def test_steps_like_mujoco_with_the_pd_law_written_out() -> None:
    """The same robot with motors, the paper's PD law evaluated by hand at every physics step."""
    robot, model = batch(), build_model(TIMESTEP, "torque")
    data = mujoco.MjData(model)
    data.qpos[:] = robot.qpos[0]
    rng = np.random.default_rng(1)
    for _ in range(4):
        targets = wobble(rng)
        for _ in range(SUBSTEPS):
            torque = KP * (targets[0] - data.qpos[7:]) - KD * data.qvel[6:]
            data.ctrl[:] = np.clip(torque, -TORQUE_LIMIT, TORQUE_LIMIT)
            mujoco.mj_step(model, data)
        robot.step(targets)
    # The servo's damping is integrated implicitly, ours here explicitly: equal up to the integrator's order.
    np.testing.assert_allclose(robot.qpos[0, 7:], data.qpos[7:], atol=0.02)


def test_power_is_the_motors_work_over_the_tick() -> None:
    """Against motors whose PD law is evaluated ten times as often."""
    robot, model = batch(), build_model(TIMESTEP / 10, "torque")
    data = mujoco.MjData(model)
    data.qpos[:] = robot.qpos[0]
    work, power = 0.0, 0.0
    for tick in range(40):
        target = STAND_POSE + 0.15 * np.sin(0.6 * tick + np.arange(12))
        for _ in range(10 * SUBSTEPS):
            torque = np.clip(KP * (target - data.qpos[7:]) - KD * data.qvel[6:], -TORQUE_LIMIT, TORQUE_LIMIT)
            data.ctrl[:] = torque
            mujoco.mj_step(model, data)
            work += np.abs(torque * data.qvel[6:]).sum() * TIMESTEP / 10
        robot.step(np.tile(target, (NUM, 1)))
        power += robot.power()[0]
    assert power / 40 == pytest.approx(work / (40 * SUBSTEPS * TIMESTEP), rel=0.05)


def test_latency_is_how_old_the_sensing_is() -> None:
    fresh, late = batch(), batch(Randomization(latency=(0.02, 0.02)))
    rng = np.random.default_rng(2)
    before = None
    for _ in range(12):
        targets = wobble(rng)
        fresh.step(targets)
        late.step(targets)
        if before is not None:
            for old, seen in zip(before, late.sense(), strict=True):
                np.testing.assert_allclose(seen, old)
        before = [values.copy() for values in fresh.sense()]


def test_sensing_without_latency_is_the_truth() -> None:
    robot = batch()
    robot.step(wobble(np.random.default_rng(3)))
    omega, gravity, q, dq = robot.sense()
    np.testing.assert_allclose(omega, robot.angular_velocity())
    np.testing.assert_allclose(gravity, robot.gravity())
    np.testing.assert_allclose(q, robot.qpos[:, 7:])
    np.testing.assert_allclose(dq, robot.qvel[:, 6:])


def test_every_row_of_table_i_is_drawn_within_its_range() -> None:
    physics = TABLE_I.draw(4000, np.random.default_rng(4))
    drawn = (
        (TABLE_I.payload, physics.payload),
        (TABLE_I.com_x, physics.com[:, 0]),
        (TABLE_I.com_y, physics.com[:, 1]),
        (TABLE_I.com_z, physics.com[:, 2]),
        (TABLE_I.friction, physics.friction),
        (TABLE_I.initial_joint_scale, physics.initial_joint_scale),
        (TABLE_I.motor_strength, physics.motor_strength),
        (TABLE_I.latency, physics.latency),
    )
    for (low, high), values in drawn:
        assert low <= values.min() < low + 0.02 * (high - low)
        assert high - 0.02 * (high - low) < values.max() <= high


def test_the_nominal_share_stays_nominal_in_every_parameter() -> None:
    drawn = replace(TABLE_I, nominal_share=0.4).draw(4000, np.random.default_rng(5))
    nominal = NOMINAL.draw(1, np.random.default_rng(6))
    untouched = drawn.payload == 0.0
    assert untouched.mean() == pytest.approx(0.4, abs=0.03)
    for name, values in vars(drawn).items():
        assert (values[untouched] == getattr(nominal, name)).all()


def test_a_payload_is_carried_by_the_feet() -> None:
    robot = batch(Randomization(payload=(3.0, 3.0)))
    for _ in range(150):
        robot.step(np.tile(STAND_POSE, (NUM, 1)))
    np.testing.assert_allclose(robot.foot_forces().sum(axis=1), (15.206 + 3.0) * 9.81, rtol=0.05)


def test_a_displaced_mass_loads_its_side() -> None:
    robot = batch(Randomization(com_x=(0.15, 0.15)))
    for _ in range(150):
        robot.step(np.tile(STAND_POSE, (NUM, 1)))
    front, rear = robot.foot_forces()[:, :2].sum(axis=1), robot.foot_forces()[:, 2:].sum(axis=1)
    assert (front > 1.5 * rear).all()


def test_friction_decides_who_slides() -> None:
    sliding = []
    for friction in (0.1, 1.5):
        robot = batch(Randomization(friction=(friction, friction)))
        for _ in range(50):
            robot.step(np.tile(STAND_POSE, (NUM, 1)))
        robot.push(np.arange(NUM), np.tile([0.0, 0.6, 0.0], (NUM, 1)))
        for _ in range(15):
            robot.step(np.tile(STAND_POSE, (NUM, 1)))
        sliding.append(np.abs(robot.qpos[:, 1]).mean())
    assert sliding[0] > 1.5 * sliding[1]


def test_weak_motors_sag() -> None:
    heights = []
    for strength in (0.5, 1.5):
        robot = batch(Randomization(motor_strength=(strength, strength)))
        for _ in range(150):
            robot.step(np.tile(STAND_POSE, (NUM, 1)))
        heights.append(robot.height().mean())
    assert heights[0] < heights[1] - 0.01


def test_reset_touches_only_the_environments_asked_for() -> None:
    robot = batch(TABLE_I)
    rng = np.random.default_rng(5)
    for _ in range(5):
        robot.step(wobble(rng))
    before, friction = robot.qpos.copy(), robot.physics.friction.copy()
    robot.reset(np.array([1, 4]))
    others = [0, 2, 3, 5, 6, 7]
    np.testing.assert_array_equal(robot.qpos[others], before[others])
    np.testing.assert_array_equal(robot.physics.friction[others], friction[others])
    assert (robot.physics.friction[[1, 4]] != friction[[1, 4]]).all()
    np.testing.assert_allclose(robot.qpos[[1, 4], 2], STAND_HEIGHT + 0.02)


def test_the_same_seed_gives_the_same_rollout() -> None:
    ends = []
    for _ in range(2):
        robot, rng = batch(TABLE_I, seed=6), np.random.default_rng(7)
        for _ in range(20):
            robot.step(wobble(rng))
        ends.append(robot.qpos.copy())
    np.testing.assert_array_equal(*ends)


def test_a_push_adds_its_velocity() -> None:
    robot = batch()
    before = robot.qvel[:, :3].copy()
    robot.push(np.array([2]), np.array([[0.5, -0.3, 0.0]]))
    np.testing.assert_allclose(robot.qvel[2, :3] - before[2], [0.5, -0.3, 0.0])
    np.testing.assert_array_equal(np.delete(robot.qvel[:, :3], 2, axis=0), np.delete(before, 2, axis=0))


@pytest.mark.parametrize("fall", ["tilt", "height"])
def test_falls_are_seen(fall: str) -> None:
    robot = batch()
    if fall == "tilt":
        robot.qpos[3, 3:7] = [np.cos(0.6), np.sin(0.6), 0, 0]
    else:
        robot.qpos[3, 2] = 0.05
    assert robot.fallen().tolist() == [index == 3 for index in range(NUM)]


def test_rotate_inverse_undoes_mujocos_rotation() -> None:
    rng = np.random.default_rng(8)
    quaternion = rng.normal(size=(20, 4))
    quaternion /= np.linalg.norm(quaternion, axis=1, keepdims=True)
    vector = rng.normal(size=(20, 3))
    for q, v in zip(quaternion, vector, strict=True):
        world = np.empty(3)
        mujoco.mju_rotVecQuat(world, v, q)
        np.testing.assert_allclose(rotate_inverse(q, world), v, atol=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_scaled_randomization_lies_between_nominal_and_full(share: float) -> None:
    scaled = TABLE_I.scaled(share)
    assert scaled.payload == pytest.approx((share * 1.0, share * 3.0))
    assert scaled.friction == pytest.approx((1.0 - share * 0.5, 1.0 + share * 0.5))
