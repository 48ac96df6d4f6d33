"""The batched environments: sensing, latency, randomised physics, resets and pushes."""

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


def test_on_a_slope_robots_lean_on_their_lower_legs() -> None:
    """Uphill ahead: gravity points backwards in the body, and the rear legs carry more."""
    robot = batch(Randomization(slope_x=(0.2, 0.2)))
    for _ in range(150):
        robot.step(np.tile(STAND_POSE, (NUM, 1)))
    front, rear = robot.foot_forces()[:, :2].sum(axis=1), robot.foot_forces()[:, 2:].sum(axis=1)
    assert (rear > 1.2 * front).all()
    np.testing.assert_allclose(robot.gravity()[:, 0], -np.sin(0.2), atol=0.08)
    np.testing.assert_allclose(robot.foot_forces().sum(axis=1), 15.206 * 9.81 * np.cos(0.2), rtol=0.05)


@pytest.mark.parametrize("steps", [0, 1, 3, SUBSTEPS])
def test_a_delayed_action_is_that_of_the_physics_steps_before(steps: int) -> None:
    """Against MuJoCo alone, its servos told late."""
    robot = batch(Randomization(action_delay=(steps * TIMESTEP, steps * TIMESTEP)))
    model = build_model(TIMESTEP, "position")
    data = mujoco.MjData(model)
    data.qpos[:], data.ctrl[:] = robot.qpos[0], STAND_POSE
    told: list[np.ndarray] = [STAND_POSE] * steps
    rng = np.random.default_rng(1)
    for _ in range(4):
        targets = wobble(rng)
        told += [targets[0]] * SUBSTEPS
        for _ in range(SUBSTEPS):
            data.ctrl[:] = told.pop(0)
            mujoco.mj_step(model, data)
        robot.step(targets)
    np.testing.assert_allclose(robot.qpos[0], data.qpos, atol=1e-9)


def test_dry_friction_and_inertia_slow_the_joints() -> None:
    moved = []
    for physics in (NOMINAL, Randomization(joint_friction=(2.0, 2.0)), Randomization(armature=(0.1, 0.1))):
        robot = batch(physics)
        robot.qpos[:, 2] = 2.0  # in the air: nothing but the motors moves the legs
        robot.step(np.tile(STAND_POSE + 0.2, (NUM, 1)))
        moved.append(np.abs(robot.qpos[:, 7:] - STAND_POSE).mean())
    assert moved[0] > 1.1 * max(moved[1:])


def test_gain_errors_change_the_torque_alone_they_are_about() -> None:
    stiff, damped = batch(Randomization(stiffness=(0.5, 0.5))), batch(Randomization(damping=(3.0, 3.0)))
    targets = np.tile(STAND_POSE + 0.1, (NUM, 1))
    plain = batch()
    for robot in (plain, stiff, damped):
        robot.qpos[:, 2] = 2.0
        robot.step(targets)
    lag = [np.abs(targets - robot.qpos[:, 7:]).mean() for robot in (plain, stiff, damped)]
    assert lag[1] > 1.1 * lag[0]
    assert lag[2] > 1.1 * lag[0]


def test_a_biased_imu_is_wrong_by_its_bias_and_a_noisy_one_by_its_noise() -> None:
    robot = batch(Randomization(gyro_bias=(0.3, 0.3), tilt_bias=(0.1, 0.1)))
    omega, gravity, _, _ = robot.sense()
    np.testing.assert_allclose(omega - robot.angular_velocity(), 0.3)
    np.testing.assert_allclose(np.arccos((gravity * robot.gravity()).sum(axis=1)), 0.1 * 2**0.5, rtol=0.02)
    noisy = BatchedGo2(500, Randomization(gyro_noise=(0.2, 0.2), tilt_noise=(0.05, 0.05)), np.random.default_rng(0))
    noisy.step(np.tile(STAND_POSE, (500, 1)))
    omega, gravity, q, _ = noisy.sense()
    assert (omega - noisy.angular_velocity()).std() == pytest.approx(0.2, rel=0.1)
    assert (gravity - noisy.gravity())[:, :2].std() == pytest.approx(0.05, rel=0.1)
    np.testing.assert_allclose(np.linalg.norm(gravity, axis=1), 1.0)
    np.testing.assert_array_equal(omega, noisy.sense()[0])
    np.testing.assert_allclose(q, noisy.qpos[:, 7:])


def test_pushes_come_now_and_then() -> None:
    robot = batch(Randomization(push=(1.0, 1.0)))
    pushed = 0
    for _ in range(200):
        before = robot.qvel[:, :2].copy()
        robot.step(np.tile(STAND_POSE, (NUM, 1)))
        pushed += int((np.abs(robot.qvel[:, :2] - before).max(axis=1) > 0.15).sum())
    assert 5 < pushed < 40  # 32 pushes are expected, not all of them strong, some spent within the tick


def test_a_family_is_pushed_as_one() -> None:
    robot = batch(Randomization(push=(1.0, 1.0), replicas=3))
    pushed = 0
    for _ in range(500):
        before = robot.qvel[:, :2].copy()
        robot.step(np.tile(STAND_POSE, (NUM, 1)))
        jump = robot.qvel[:, :2] - before
        for first in range(0, NUM, 3):
            family = jump[first : first + 3]
            if np.abs(family).max() > 0.3:
                pushed += 1
                np.testing.assert_allclose(family, np.broadcast_to(family[0], family.shape), atol=1e-6)
    assert pushed > 0
