"""Velocity commands."""

import numpy as np
import pytest

from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.simulation.commands import CommandConfig, CommandSampler


def test_commands_stay_in_range_and_include_standing_and_single_axes() -> None:
    config = CommandConfig()
    commands = CommandSampler(20_000, config, np.random.default_rng(0)).commands
    low, high = np.transpose([config.v_x, config.v_y, config.yaw_rate])
    assert ((commands >= low) & (commands <= high)).all()
    moving_axes = (commands != 0).sum(axis=1)
    assert (moving_axes == 0).mean() == pytest.approx(config.standing, abs=0.01)
    assert (moving_axes == 1).mean() == pytest.approx(config.single_axis, abs=0.02)


def test_commands_are_held_for_the_mean_time() -> None:
    sampler = CommandSampler(2000, CommandConfig(standing=0.0), np.random.default_rng(1))
    changes, ticks = 0, 100
    for _ in range(ticks):
        before = sampler.commands.copy()
        sampler.step()
        changes += (sampler.commands != before).any(axis=1).sum()
    assert changes / (2000 * ticks) == pytest.approx(DT / CommandConfig().hold_s, rel=0.15)
