"""Aim and judgement of the pendulum trials, by hand; one real strike."""

import numpy as np
import pytest

from diffusion_mpc_ros.evaluation.strikes import (
    AIM_TICKS,
    RELEASE_WINDOW,
    STRIDE_TICKS,
    STUCK_TICKS,
    WALK_IN,
    WITHDRAWN,
    Chances,
    Trials,
    aim,
    longest_slow,
    strike,
)
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.simulation.go2 import TRUNK_HALF_SIZE
from diffusion_mpc_ros.simulation.pendulum import LENGTH, RADIUS, PendulumGo2, swing_time
from diffusion_mpc_ros.simulation.randomization import NOMINAL

REACH = TRUNK_HALF_SIZE[1] + RADIUS


class Stand:
    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        return np.tile(STAND_POSE, (len(observation), 1))


def test_chances_are_those_of_the_seed_and_spread_over_phases_and_sides() -> None:
    chances, again = (Chances.draw(500, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(chances.release_tick, again.release_tick)
    np.testing.assert_array_equal(chances.side, again.side)
    assert set(chances.release_tick) == set(range(WALK_IN, WALK_IN + RELEASE_WINDOW))
    assert 0.4 < np.mean(chances.side == 1) < 0.6


@pytest.mark.parametrize("yaw", [0.0, 2.0, np.pi])
def test_aim_is_where_the_trunk_will_be(yaw: float) -> None:
    """Robots walk at 0.5 m/s where they face, swaying with the period of a stride."""
    forward, left = np.array([np.cos(yaw), np.sin(yaw), 0]), np.array([-np.sin(yaw), np.cos(yaw), 0])
    ticks = np.arange(-2 * AIM_TICKS, 1)[:, None]
    sway = 0.02 * np.sin(2 * np.pi * ticks / (AIM_TICKS + 1))
    path = [1.0, 2.0, 0.28] + 0.5 * ticks * DT * forward + sway * left
    recent = np.zeros((len(ticks), 2, 7))
    recent[:, :, :3] = path[:, None]
    recent[:, :, 3:] = [np.cos(yaw / 2), 0, 0, np.sin(yaw / 2)]
    pivot, facing = aim(recent, np.array([1, -1]), ahead=0.6)
    meeting = [1.0, 2.0, 0.28 + LENGTH] + 0.5 * 0.6 * forward
    np.testing.assert_allclose(pivot, [meeting + REACH * left, meeting - REACH * left], atol=0.003)
    np.testing.assert_allclose(np.exp(1j * facing), np.exp(1j * yaw))


def test_slow_is_judged_by_the_mean_over_a_stride_after_the_release() -> None:
    steps = 400
    forward = np.full((steps, 4), 0.5)
    forward[:150, 0] = 0.0  # slow before the release only
    forward[200:300, 1] = 0.0  # a stop
    forward[200:, 2] = np.where(np.arange(steps - 200) % STRIDE_TICKS < 3, 0.9, 0.0)  # jerks on the spot
    forward[200:, 3] = np.where(np.arange(steps - 200) % 2, 0.5, 0.1)  # a walk that swings about 0.3 m/s
    slow = longest_slow(forward, np.full(4, 180), np.full(4, 0.2))
    # Of 25 ticks at 0.5 m/s, 16 have to stand until the mean is below 0.2 m/s: the second is slow from 215 to 308. The
    # third, which comes to 0.108 m/s in the end, is so once 21 ticks jerk: from 220 on.
    assert slow.tolist() == [0, 308 - 215 + 1, steps - 220, 0]


def test_success_takes_a_hit_and_a_robot_that_walks_on() -> None:
    steps, num = 300, 5
    forward, energy = np.full((steps, num), 0.5), np.full((steps, num), 40.0)
    energy[:100] = 0.0
    energy[130:, :4] = 3.0  # the last one was missed
    energy[180:] = np.nan
    forward[140:, 1] = 0.1  # stands still from then on
    forward[140 : 140 + STUCK_TICKS - 2 * STRIDE_TICKS, 2] = 0.0  # recovers in time
    alive = np.array([True, True, True, False, True])
    trials = Trials(
        np.zeros((steps, num, 21)), forward, energy, alive, np.full(num, 100), np.zeros((num, 3)), np.zeros(num)
    )
    assert trials.hit_tick.tolist() == [130, 130, 130, 130, -1]
    assert trials.stuck.tolist() == [False, True, False, False, False]
    assert trials.success.tolist() == [True, False, True, False, False]
    forward[:, 0] = 0.19  # as it came
    assert not trials.stuck[0]
    forward[140:, 0] = 0.09
    assert trials.stuck[0]


def test_standing_robots_are_hit_at_the_lowest_point_and_pushed_aside() -> None:
    release = np.deg2rad(90.0)
    chances = Chances(np.array([WALK_IN, WALK_IN + 20]), np.array([1, -1]))
    trials = strike(PendulumGo2(2, NOMINAL, np.random.default_rng(0), num_threads=1), Stand(), release, chances)
    assert trials.hit.all()
    np.testing.assert_allclose((trials.hit_tick - trials.release_tick) * DT, swing_time(release), atol=2 * DT)
    gone = np.isnan(trials.energy).argmax(axis=0)
    np.testing.assert_allclose((gone - trials.release_tick) * DT, swing_time(release) + WITHDRAWN, atol=DT)
    pushed = trials.qpos[trials.hit_tick + 10, [0, 1], 1]
    assert (pushed * chances.side < -0.05).all()
    # They were told to walk.
    assert trials.stuck.all()
    assert not trials.success.any()
