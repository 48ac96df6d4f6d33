"""Survival and velocity deviation, by hand."""

import numpy as np
import pytest

from diffusion_mpc_ros.closed_loop.rollout import Tick
from diffusion_mpc_ros.closed_loop.score import SETTLING, score


def test_velocity_error_is_the_mean_relative_deviation_of_the_survivors() -> None:
    commands = np.array([[0.5, 0, 0], [0.5, 0, 0], [0, 0, 1.0], [0, 0, 1.0]])
    groups = np.array([0, 0, 1, 1])
    velocity = np.array([[0.4, 0.0, 0.3], [9.0, 9.0, 9.0], [0.2, 0.2, 1.1], [0.0, 0.0, 0.8]])
    alive = np.array([True, False, True, True])
    steps = SETTLING + 10
    ticks = iter([Tick(velocity, alive, np.zeros((4, 12)))] * steps)
    forward, turning = score(ticks, commands, groups)
    assert forward.survival == 0.5
    assert forward.velocity_error == pytest.approx(0.2)
    assert forward.mean_velocity == pytest.approx((0.4, 0.0, 0.3))
    assert turning.survival == 1.0
    assert turning.velocity_error == pytest.approx((0.1 + 0.2) / 2)
    assert turning.mean_velocity == pytest.approx((0.1, 0.1, 0.95))
