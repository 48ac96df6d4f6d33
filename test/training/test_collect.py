"""Collected trajectories: what is imitated, and what is not."""

from dataclasses import replace

import numpy as np
import pytest

from diffusion_mpc_ros.planning.trajectory import COMMAND, PREVIOUS_ACTION
from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.simulation.commands import CommandConfig
from diffusion_mpc_ros.simulation.randomization import NOMINAL
from diffusion_mpc_ros.training.collect import CollectConfig, NoiseBursts, collect_shard, of_kind
from diffusion_mpc_ros.training.locomotion_env import TRAINING
from diffusion_mpc_ros.training.style import Style, StyleConfig

CONFIG = CollectConfig(
    num_envs=12,
    steps=90,
    randomization=NOMINAL,
    styles=StyleConfig(low_share=0.0),
    push_interval_s=1e9,
    commands=CommandConfig(hold_s=1e9),
)
COLLAPSE = STAND_POSE + np.tile([1.5, 0.0, 0.0], 4)


def stand(observation: np.ndarray, style: Style) -> np.ndarray:
    return np.tile(STAND_POSE, (len(observation), 1))


def test_clean_ticks_are_exactly_those_without_noise() -> None:
    shard = collect_shard(stand, CONFIG, [0])
    own = np.isclose(shard.action, STAND_POSE, atol=1e-6).all(axis=-1)
    np.testing.assert_array_equal(shard.clean, own)
    assert 0.02 < (~shard.clean).mean() < 0.3


def test_the_observation_carries_the_action_that_was_executed() -> None:
    shard = collect_shard(stand, CONFIG, [1])
    np.testing.assert_array_equal(shard.observation[:, 1:, PREVIOUS_ACTION], shard.action[:, :-1])


def test_the_way_down_to_the_low_height_is_not_imitated() -> None:
    quiet = replace(CONFIG, noise_interval_s=1e9, styles=StyleConfig(low_share=1.0))
    shard = collect_shard(stand, quiet, [2])
    assert not shard.clean[:, : quiet.descent].any()
    assert shard.clean[:, quiet.descent :].all()
    assert collect_shard(stand, replace(quiet, styles=CONFIG.styles), [2]).clean.all()


def test_what_led_to_a_fall_is_not_imitated() -> None:
    quiet = replace(CONFIG, noise_interval_s=1e9, steps=280)

    def fall_late(observation: np.ndarray, style: Style) -> np.ndarray:
        fall_late.tick += 1  # type: ignore[attr-defined]
        return np.tile(COLLAPSE if fall_late.tick > 150 else STAND_POSE, (len(observation), 1))  # type: ignore[attr-defined]

    fall_late.tick = 0  # type: ignore[attr-defined]
    shard = collect_shard(fall_late, quiet, [3])
    for trajectory in range(quiet.num_envs):
        doubtful = np.flatnonzero(~shard.clean[trajectory])
        assert len(doubtful) >= quiet.fall_margin
        assert shard.clean[trajectory, : doubtful[0]].all()


def test_who_stands_has_followed_the_command_to_stand_whatever_it_was_told() -> None:
    shard = collect_shard(stand, replace(CONFIG, noise_interval_s=1e9), [7])
    assert shard.clean.all()
    np.testing.assert_allclose(shard.observation[..., COMMAND], 0.0, atol=0.01)


def test_of_commands_that_change_too_soon_nothing_is_learned() -> None:
    hasty = replace(CONFIG, noise_interval_s=1e9, commands=CommandConfig(hold_s=0.02, standing=0.0))
    assert not collect_shard(stand, hasty, [8]).clean.any()


def test_a_shard_depends_on_its_seed_only() -> None:
    first, again, other = (collect_shard(stand, CONFIG, seed) for seed in ([4], [4], [5]))
    np.testing.assert_array_equal(first.observation, again.observation)
    assert not np.array_equal(first.observation, other.observation)


def test_noise_comes_in_short_bursts() -> None:
    bursts = NoiseBursts(400, CONFIG, np.random.default_rng(6))
    active = np.array([bursts.step()[1] for _ in range(300)]).T  # (400, 300)
    edges = np.diff(np.pad(active.astype(int), ((0, 0), (1, 1))), axis=1)
    lengths = np.flatnonzero(edges.ravel() == -1) - np.flatnonzero(edges.ravel() == 1)
    shortest, longest = CONFIG.noise_steps
    # A burst may begin in the very tick after another, and the last may be cut off.
    assert np.percentile(lengths, 1) >= 1
    assert np.median(lengths) == pytest.approx((shortest + longest) / 2, abs=1)
    assert np.percentile(lengths, 95) <= longest


def test_a_robot_that_stands_spends_no_power_and_lifts_no_foot() -> None:
    quiet = replace(CONFIG, noise_interval_s=1e9)
    shard = collect_shard(stand, quiet, [6])
    assert (shard.power[:, -20:] < 1.0).all()
    assert (np.abs(shard.lift[:, -20:]) < 0.01).all()
    assert shard.power[:, :5].max() > 10.0, "landing takes power"


def test_shards_are_of_one_kind_and_other_styles_are_walked_in_gentler_physics() -> None:
    config = replace(CONFIG, randomization=TRAINING)
    for plain, nominal_share in ((True, TRAINING.nominal_share), (False, config.styled_nominal_share)):
        kind = of_kind(config, plain)
        assert (kind.styles.draw(50, np.random.default_rng(0)).plain == plain).all()
        assert kind.randomization == replace(TRAINING, nominal_share=nominal_share)
