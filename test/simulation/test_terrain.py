"""Rough ground: what is computed of it is what robots stand on, without end and without seams."""

from dataclasses import replace

import numpy as np
import pytest

from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.go2 import FOOT_RADIUS
from diffusion_mpc_ros.simulation.pendulum import PendulumGo2
from diffusion_mpc_ros.simulation.randomization import NOMINAL, Randomization
from diffusion_mpc_ros.simulation.terrain import CELL, LEVELS, PERIOD, Terrain, pattern

NUM = 16
ROUGH = replace(NOMINAL, roughness=(0.06, 0.06))


def settled(randomization: Randomization, ticks: int = 100) -> BatchedGo2:
    robot = BatchedGo2(NUM, randomization, np.random.default_rng(0))
    for _ in range(ticks):
        robot.step(np.tile(STAND_POSE, (NUM, 1)))
    return robot


def test_the_pattern_reaches_its_amplitude_both_ways() -> None:
    assert (pattern().min(), pattern().max()) == pytest.approx((-1.0, 1.0))


def test_the_ground_repeats_itself_and_passes_through_its_nodes() -> None:
    terrain = Terrain(2, 0.04)
    terrain.set(np.arange(2), np.array([0.0, 0.04]))
    xy = np.random.default_rng(1).uniform(-9, 9, size=(2, 50, 2))
    heights = terrain.height(xy)
    assert not heights[0].any()
    assert np.abs(heights[1]).max() <= 0.04
    np.testing.assert_allclose(terrain.height(xy + np.array([PERIOD, -2 * PERIOD])), heights, atol=1e-12)
    np.testing.assert_allclose(terrain.height(np.full((2, 2), [3 * CELL, 5 * CELL]))[1], 0.04 * pattern()[5, 3])


def test_amplitudes_are_rounded_up_to_a_level() -> None:
    terrain = Terrain(4, 0.08)
    terrain.set(np.arange(4), np.array([0.0, 0.001, 0.01, 0.08]))
    np.testing.assert_allclose(terrain.amplitude, [0.0, 0.01, 0.01, 0.08])
    assert terrain.level.tolist() == [0, 1, 1, LEVELS]


def test_feet_stand_on_the_ground_that_is_computed() -> None:
    robot = settled(ROUGH)
    assert not robot.fallen().any()
    on_ground = robot.foot_forces() > 5.0
    assert on_ground.sum() > 2 * NUM
    # A foot touches the steepest of its surroundings, not what is right below it.
    np.testing.assert_allclose(robot.foot_clearance()[on_ground], FOOT_RADIUS, atol=0.02)
    assert np.ptp(robot.foot_positions()[..., 2]) > 0.04


def test_who_is_not_rough_stands_on_the_plane() -> None:
    robot = settled(replace(ROUGH, nominal_share=0.5))
    flat = robot.physics.roughness == 0
    assert 0 < flat.sum() < NUM
    np.testing.assert_allclose(robot.foot_positions()[flat, :, 2], FOOT_RADIUS, atol=0.003)
    assert (robot.qpos[flat, 0] < 0.1).all()


def test_the_ground_follows_a_robot_without_a_seam() -> None:
    """Far away, at a multiple of the period, a robot stands exactly as it stood."""
    robot = settled(ROUGH)
    height, clearance = robot.height().copy(), robot.foot_clearance().copy()
    robot.qpos[:, :2] += [2 * PERIOD, -PERIOD]
    for _ in range(3):
        robot.step(np.tile(STAND_POSE, (NUM, 1)))
    np.testing.assert_allclose(robot.height(), height, atol=2e-3)
    np.testing.assert_allclose(robot.foot_clearance(), clearance, atol=2e-3)


def test_a_model_of_ones_own_has_no_rough_ground() -> None:
    with pytest.raises(ValueError, match=r"roughness: expected 0 with a model of one's own, got 0.06 m"):
        PendulumGo2(1, ROUGH, np.random.default_rng(0))
