"""The demonstrator's environment and rewards."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, STAND_POSE
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import NOMINAL, TABLE_I
from diffusion_mpc_ros.training.locomotion_env import LocomotionConfig, LocomotionEnv
from diffusion_mpc_ros.training.locomotion_rewards import (
    FALL_PENALTY,
    WEIGHTS,
    Walk,
    frugal_speed,
    reward,
    step_time,
    trot,
)
from diffusion_mpc_ros.training.policy import joint_targets, policy_input
from diffusion_mpc_ros.training.ppo import PpoConfig, desired_kl, difficulty
from diffusion_mpc_ros.training.privileged import PARAMETERS, PRIVILEGED_WIDTH, privileged
from diffusion_mpc_ros.training.style import Style

NUM = 6
MIDDLE = Style(np.array([False]), *(np.array([value]) for value in (0.25, 0.08, -1.4, 0.5)))


@pytest.fixture
def env() -> LocomotionEnv:
    torch.manual_seed(0)
    return LocomotionEnv(LocomotionConfig(num_envs=NUM, push_interval_s=1e9), np.random.default_rng(0))


def ideal_walk() -> Walk:
    """Two robots that do exactly what they are told, mid-trot."""
    return Walk(
        command=np.array([[0.5, 0.0, 0.2], [0.0, 0.0, 0.0]]),
        style=replace(Style.usual(2), plain=np.zeros(2, bool), rear_calf=np.full(2, STAND_POSE[11])),
        linear_velocity=np.array([[0.5, 0.0, 0.0], [0.0, 0.0, 0.0]]),
        angular_velocity=np.array([[0.0, 0.0, 0.2], [0.0, 0.0, 0.0]]),
        gravity=np.tile([0.0, 0.0, -1.0], (2, 1)),
        height=np.full(2, 0.28),
        q=np.tile(STAND_POSE, (2, 1)),
        dq=np.zeros((2, 12)),
        ddq=np.zeros((2, 12)),
        torque=np.zeros((2, 12)),
        actions=np.tile(STAND_POSE, (2, 3, 1)),
        contact=np.array([[True, False, False, True], [True, True, True, True]]),
        landed=np.zeros((2, 4), bool),
        air_time=np.zeros((2, 4)),
        foot_height=np.full((2, 4), 0.022),
        foot_speed=np.zeros((2, 4)),
    )


def test_doing_as_told_earns_all_there_is_to_earn() -> None:
    rewards, means = reward(ideal_walk(), np.zeros(2, bool))
    weights = {term.__name__: weight for term, weight in WEIGHTS.items()}
    perfect = weights["alive"] + weights["velocity_tracking"] + weights["yaw_tracking"]
    np.testing.assert_allclose(rewards, [(perfect + weights["trot"]) * DT, perfect * DT])
    assert all(value <= 0 for name, value in means.items() if weights[name] < 0)


@pytest.mark.parametrize(
    "change",
    [
        {"linear_velocity": np.array([[0.2, 0.0, 0.0], [0.0, 0.0, 0.0]])},
        {"angular_velocity": np.array([[0.0, 0.0, -0.4], [0.0, 0.0, 0.0]])},
        {"gravity": np.array([[0.3, 0.0, -0.95], [0.0, 0.0, -1.0]])},
        {"height": np.array([0.2, 0.28])},
        {"torque": np.array([[5.0] * 12, [0.0] * 12])},
        {"q": np.stack([JOINT_UPPER, STAND_POSE])},
        {"q": np.stack([STAND_POSE + 0.2, STAND_POSE])},
        {"foot_speed": np.array([[0.5] * 4, [0.0] * 4])},
    ],
)
def test_every_deviation_costs(change: dict[str, Any]) -> None:
    ideal, _ = reward(ideal_walk(), np.zeros(2, bool))
    worse, _ = reward(replace(ideal_walk(), **change), np.zeros(2, bool))
    assert worse[0] < ideal[0]
    assert worse[1] == pytest.approx(ideal[1])


def test_frugality_costs_by_the_metre_and_nothing_where_no_motion_is_asked_for() -> None:
    commands = np.array([[0.8, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.4, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    styled = replace(Style.usual(5), plain=np.zeros(5, bool), frugality=np.full(5, 0.5))
    still = ideal_walk()
    parts = {name: values[:1].repeat(5, axis=0) for name, values in vars(still).items() if name != "style"}
    walk = Walk(**{**parts, "style": styled, "command": commands, "dq": np.full((5, 12), 2.0)})
    np.testing.assert_allclose(frugal_speed(walk), 0.5 * 48.0 * np.array([1.0, 1.0, 0.5, 0.3, 0.0]))


def test_a_fall_costs_its_penalty() -> None:
    ideal, _ = reward(ideal_walk(), np.zeros(2, bool))
    fallen, _ = reward(ideal_walk(), np.array([True, False]))
    np.testing.assert_allclose(ideal - fallen, [FALL_PENALTY, 0.0])


def test_trot_and_step_time_reward_only_robots_told_to_move() -> None:
    walk = ideal_walk()
    assert trot(walk).tolist() == [True, False]
    landed = replace(walk, landed=np.ones((2, 4), bool), air_time=np.full((2, 4), 0.2))
    assert step_time(landed)[0] == pytest.approx(4 * 0.08)
    assert step_time(landed)[1] == 0.0


def test_policy_input_is_zero_at_rest_and_of_order_one() -> None:
    resting = np.zeros((1, 45), np.float32)
    resting[:, 9:21] = resting[:, 33:45] = STAND_POSE
    np.testing.assert_allclose(policy_input(resting, MIDDLE), 0.0, atol=1e-6)
    wild = np.full((1, 45), 1e6, np.float32)
    assert np.abs(policy_input(wild, MIDDLE)).max() <= 10.0


def test_velocity_and_physics_are_told_in_the_order_of_one() -> None:
    robot = BatchedGo2(2, TABLE_I, np.random.default_rng(0))
    for name in PARAMETERS:
        getattr(robot.physics, name)[:] = getattr(TABLE_I, name)[0]
        getattr(robot.physics, name)[1] = getattr(TABLE_I, name)[1]
    robot.push(np.array([1]), np.array([[0.3, -0.2, 0.0]]))
    told = privileged(robot)
    assert told.shape == (2, PRIVILEGED_WIDTH)
    np.testing.assert_allclose(told[:, :3], [[0.0, 0.0, 0.0], [0.6, -0.4, 0.0]], atol=1e-6)
    np.testing.assert_allclose(told[0, 3:], -1.0, atol=1e-6)
    np.testing.assert_allclose(told[1, 3:], 1.0, atol=1e-6)


def test_joint_targets_stay_within_the_mechanical_limits() -> None:
    targets = joint_targets(np.random.default_rng(0).normal(0, 50, size=(100, 12)))
    assert (targets >= JOINT_LOWER).all()
    assert (targets <= JOINT_UPPER).all()
    np.testing.assert_allclose(joint_targets(np.zeros((1, 12)))[0], STAND_POSE)


def test_heights_never_change_within_an_episode(env: LocomotionEnv) -> None:
    heights = env.style.height.copy()
    env.episode_length_buf[:] = 0
    for _ in range(5):
        env.step(torch.zeros(NUM, 12))
    np.testing.assert_array_equal(env.style.height, heights)


def test_a_time_out_is_no_fall_and_begins_anew(env: LocomotionEnv) -> None:
    env.episode_length_buf[:] = 0
    env.episode_length_buf[2] = env.max_episode_length - 1
    _, rewards, dones, extras = env.step(torch.zeros(NUM, 12))
    assert dones.tolist() == [index == 2 for index in range(NUM)]
    assert extras["time_outs"][2] == 1.0
    assert rewards[2] > -FALL_PENALTY / 2
    assert env.episode_length_buf[2] == 0


def test_a_fall_ends_the_episode(env: LocomotionEnv) -> None:
    env.episode_length_buf[:] = 0
    env.robot.qpos[1, 3:7] = [np.cos(1.2), np.sin(1.2), 0, 0]
    _, rewards, dones, extras = env.step(torch.zeros(NUM, 12))
    assert dones[1]
    assert extras["time_outs"][1] == 0.0
    assert rewards[1] < -FALL_PENALTY / 2
    assert env.robot.gravity()[1, 2] < -0.9


def test_difficulty_grows_from_nominal_to_full() -> None:
    config = PpoConfig(iterations=100, easy_until=0.1, hard_from=0.4)
    assert [difficulty(config, iteration) for iteration in (0, 10, 25, 40, 100)] == pytest.approx([0, 0, 0.5, 1, 1])


def test_updates_shrink_to_a_tenth_at_the_end() -> None:
    config = PpoConfig(iterations=100, anneal_from=0.6, desired_kl=0.01)
    expected = [0.01, 0.01, 0.0055, 0.001]
    assert [desired_kl(config, iteration) for iteration in (0, 60, 80, 100)] == pytest.approx(expected)


def test_no_difficulty_is_the_nominal_robot(env: LocomotionEnv) -> None:
    env.set_difficulty(0.0)
    env.reset()
    for name, values in vars(NOMINAL.draw(NUM, np.random.default_rng(0))).items():
        np.testing.assert_array_equal(getattr(env.robot.physics, name), values)
