"""The pendulum: swings as physics says, keeps out of the way until released, and pushes the robot when it hits."""

import mujoco
import numpy as np
import pytest

from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.simulation.batch import SUBSTEPS, TIMESTEP, BatchedGo2
from diffusion_mpc_ros.simulation.go2 import TRUNK_HALF_SIZE
from diffusion_mpc_ros.simulation.pendulum import (
    GRAVITY,
    LENGTH,
    MASS,
    RADIUS,
    PendulumGo2,
    impact_speed,
    swing_time,
)
from diffusion_mpc_ros.simulation.randomization import NOMINAL, Randomization

RELEASES = np.deg2rad([30.0, 60.0, 90.0])
FAR = np.array([[0.0, 8.0, 3.0]])
REACH = TRUNK_HALF_SIZE[1] + RADIUS


def standing(num: int, randomization: Randomization = NOMINAL) -> PendulumGo2:
    robot = PendulumGo2(num, randomization, np.random.default_rng(0), num_threads=1)
    for _ in range(50):
        robot.step(np.tile(STAND_POSE, (num, 1)))
    return robot


def beside(robot: PendulumGo2, side: np.ndarray) -> np.ndarray:
    """Pivots (N, 3) whose weights hang at the trunks' sides."""
    return robot.qpos[:, :3] + np.stack([0 * side, REACH * side, np.full(len(side), LENGTH)], axis=1)


@pytest.mark.parametrize(("release", "speed"), list(zip(RELEASES, [1.78, 3.43, 4.85], strict=True)))
def test_speed_of_impact(release: float, speed: float) -> None:
    assert impact_speed(release) == pytest.approx(speed, abs=0.005)
    assert impact_speed(release) == pytest.approx(np.sqrt(2 * GRAVITY * LENGTH * (1 - np.cos(release))))


def test_the_weight_passes_its_lowest_point_at_that_speed_and_time() -> None:
    robot = standing(3)
    robot.release(np.arange(3), np.tile(FAR, (3, 1)), np.zeros(3), RELEASES)
    fastest, lowest = np.zeros(3), np.full(3, np.inf)
    for tick in range(1, 41):
        before = robot.swing[:, 0].copy()
        robot.step(np.tile(STAND_POSE, (3, 1)))
        after = robot.swing[:, 0]
        fastest = np.maximum(fastest, robot.bob_speed())
        passed = (before > 0) & (after <= 0)
        lowest[passed] = ((tick - after / (after - before)) * SUBSTEPS * TIMESTEP)[passed]
    np.testing.assert_allclose(fastest, [impact_speed(release) for release in RELEASES], rtol=0.01)
    np.testing.assert_allclose(lowest, [swing_time(release) for release in RELEASES], atol=TIMESTEP)


def test_small_swings_take_a_quarter_of_the_small_angle_period() -> None:
    assert swing_time(1e-4) == pytest.approx(np.pi / 2 * np.sqrt(LENGTH / GRAVITY))


def test_a_free_swing_keeps_its_energy_and_touches_nothing() -> None:
    """Also one that moves along as well as aside, and one whose weight passes through the ground."""
    robot = standing(3)
    pivot = np.array([[0, 8, 3.0], [0, 8, 3.0], [0, 8, 0.5]])
    robot.release(np.arange(3), pivot, np.array([0.0, 1.0, -2.0]), np.deg2rad([90.0, -60.0, 90.0]))
    robot.swing[1, 1] = 0.7
    energy = robot.bob_energy()
    assert energy[0] == pytest.approx(MASS * GRAVITY * LENGTH)
    for _ in range(100):
        robot.step(np.tile(STAND_POSE, (3, 1)))
        np.testing.assert_allclose(robot.bob_energy(), energy, rtol=0.015)


def test_until_the_release_the_robot_is_alone() -> None:
    rng = np.random.default_rng(1)
    with_pendulum = PendulumGo2(4, NOMINAL, np.random.default_rng(0), num_threads=1)
    without = BatchedGo2(4, NOMINAL, np.random.default_rng(0), num_threads=1)
    for _ in range(30):
        targets = STAND_POSE + rng.normal(0.0, 0.2, size=(4, 12))
        with_pendulum.step(targets)
        without.step(targets)
    np.testing.assert_allclose(with_pendulum.qpos, without.qpos, atol=1e-6)
    for seen, expected in zip(with_pendulum.sense(), without.sense(), strict=True):
        np.testing.assert_allclose(seen, expected, atol=1e-4)
    np.testing.assert_array_equal(with_pendulum.bob_energy(), 0.0)


def test_a_strike_hands_over_the_momentum_of_the_weight() -> None:
    """On ice, where the ground takes next to none of it: m v = m v' + M V, from either side."""
    robot = standing(2, Randomization(friction=(0.01, 0.01)))
    side = np.array([1.0, -1.0])
    release = np.deg2rad(60.0)
    robot.release(np.arange(2), beside(robot, side), np.zeros(2), side * release)
    for _ in range(round(swing_time(release) / (SUBSTEPS * TIMESTEP)) + 3):
        robot.step(np.tile(STAND_POSE, (2, 1)))
    model, data = robot.model, mujoco.MjData(robot.model)
    base = model.body("base").id
    for index in range(2):
        data.qpos[:19], data.qvel[:18] = robot.qpos[index], robot.qvel[index]
        mujoco.mj_fwdPosition(model, data)
        mujoco.mj_fwdVelocity(model, data)
        mujoco.mj_subtreeVel(model, data)
        momentum = -side[index] * model.body_subtreemass[base] * data.subtree_linvel[base, 1]
        assert robot.qvel[index, 1] * side[index] < -0.5
        assert MASS * robot.bob_speed()[index] < 0.2 * momentum
        assert momentum + MASS * robot.bob_speed()[index] == pytest.approx(MASS * impact_speed(release), rel=0.05)


def test_a_release_turns_with_the_pivot_and_withdrawal_or_reset_undo_it() -> None:
    robot = standing(2)
    yaw = np.array([0.0, np.pi / 2])
    # Facing along y, the weight's left is -x: it comes from behind and pushes the second robot forward.
    pivot = robot.qpos[:, :3] + np.array([[0, REACH, LENGTH], [-(TRUNK_HALF_SIZE[0] + 0.1), 0, LENGTH]])
    robot.release(np.arange(2), pivot, yaw, np.deg2rad([60.0, 60.0]))
    for _ in range(40):
        robot.step(np.tile(STAND_POSE, (2, 1)))
    moved = robot.qpos[:, :2] - [-0.017, 0.0]
    assert moved[0, 1] < -0.02
    assert moved[1, 0] > 0.02
    robot.reset(np.array([1]))
    robot.withdraw(np.array([0]))
    for _ in range(2):
        assert (robot.pivot[:, 2] > 10).all()
        np.testing.assert_array_equal(robot.bob_energy(), 0)
        robot.step(np.tile(STAND_POSE, (2, 1)))
