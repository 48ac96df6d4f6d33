"""Rollouts to learn from: families, exploration, hindsight, several objectives."""

from dataclasses import replace

import numpy as np
import pytest

from diffusion_mpc_ros.planning.trajectory import ACTION, COMMAND, PREVIOUS_ACTION
from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.training.interaction import (
    Experience,
    ExplorationNoise,
    InteractionConfig,
    in_hindsight,
    interact,
)

CONFIG = InteractionConfig(num_envs=8, shards=1, steps=40, replicas=4, segment=20, outlook=20)


class Stand:
    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        return np.tile(STAND_POSE, (len(observation), 1))


def lived(config: InteractionConfig = CONFIG, noise: float = 0.1, seed: int = 0) -> Experience:
    return interact(config, lambda robot, rng: Stand(), noise, [seed])


def test_a_family_shares_its_commands_and_explores_apart() -> None:
    rows = lived(seed=2).rows
    for family in (slice(0, 4), slice(4, 8)):
        assert (rows[family, :, COMMAND] == rows[family][:1, :, COMMAND]).all()
    assert (rows[0, :, COMMAND] != rows[4, :, COMMAND]).any()
    assert (np.ptp(rows[:4, :, ACTION], axis=0) > 0).all()


def test_commands_stay_within_a_segment() -> None:
    commands = lived(replace(CONFIG, commands=replace(CONFIG.commands, hold_s=0.1))).rows[..., COMMAND]
    first, second = commands[:, :20], commands[:, 20:]
    assert (first == first[:, :1]).all()
    assert (second == second[:, :1]).all()
    assert (first[:, 0] != second[:, 0]).any()


def test_the_action_executed_is_the_next_observations_previous_one() -> None:
    rows = lived().rows
    np.testing.assert_array_equal(rows[:, 1:, PREVIOUS_ACTION], rows[:, :-1, ACTION])


def test_the_same_seed_lives_the_same() -> None:
    first, again, other = lived(), lived(), lived(seed=1)
    np.testing.assert_array_equal(first.rows, again.rows)
    np.testing.assert_array_equal(first.reward, again.reward)
    assert (first.rows != other.rows).any()


class Listener(Stand):
    """Remembers the commands that it was told."""

    def __init__(self) -> None:
        self.told: list[np.ndarray] = []

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        self.told.append(observation[:, COMMAND].copy())
        return super().targets(tick, observation)


def test_robots_are_planned_for_other_commands_than_they_are_judged_by() -> None:
    listener = Listener()
    config = replace(CONFIG, command_deviation=0.3, commands=replace(CONFIG.commands, hold_s=0.1, standing=0.5))
    judged = interact(config, lambda robot, rng: listener, 0.0, [3]).rows[..., COMMAND]
    deviation = np.stack(listener.told, axis=1) - judged
    stands = (judged == 0).all(axis=-1)
    assert stands.any()
    assert not deviation[stands].any()
    assert np.abs(deviation).max() <= 0.3 + 1e-6
    for segment in (deviation[:, :20], deviation[:, 20:]):
        np.testing.assert_allclose(segment, segment[:, :1].repeat(20, axis=1), atol=1e-6)
    walks = deviation[~stands]
    assert len(np.unique(walks[:, 0])) > CONFIG.replicas


def test_the_noise_wanders_with_the_deviation_of_each_robot() -> None:
    noise = ExplorationNoise(200, 0.2, 0.9, np.random.default_rng(1))
    steps = np.stack([noise.step() for _ in range(400)])
    deviation = steps.std(axis=(0, 2))
    assert 0.0 <= deviation.min() < 0.02
    assert 0.17 < deviation.max() < 0.23
    correlation = (steps[1:] * steps[:-1]).sum() / np.square(steps[:-1]).sum()
    assert correlation == pytest.approx(0.9, abs=0.02)


def test_hindsight_commands_are_what_was_done_up_to_the_fall() -> None:
    achieved = np.zeros((1, 40, 3))
    achieved[0, :20] = 0.4, 0.1, -0.2
    achieved[0, 20:30] = 5.0, 0.0, 0.0
    achieved[0, 30:] = 9.0, 9.0, 9.0
    alive = np.ones((1, 40), bool)
    alive[0, 30:] = False
    commands = in_hindsight(achieved, alive, CONFIG)
    np.testing.assert_allclose(commands[0, 7], [0.4, 0.1, -0.2])
    np.testing.assert_allclose(commands[0, 33], [1.3, 0.0, 0.0])  # the range's end


def test_in_hindsight_the_command_was_what_was_done_but_not_what_is_judged() -> None:
    asked, relabelled = (lived(replace(CONFIG, hindsight=share), noise=0.0, seed=2) for share in (0.0, 1.0))
    np.testing.assert_array_equal(relabelled.reward, asked.reward)
    assert np.abs(relabelled.rows[..., COMMAND]).max() < 0.5 < np.abs(asked.rows[..., COMMAND]).max()


def test_shards_take_turns_at_the_timelines() -> None:
    config = replace(CONFIG, timelines=((1, 4), (3, 0)))
    turns = [(each.margin, each.replan_period) for each in map(config.controller, range(3))]
    assert turns == [(1, 4), (3, 0), (1, 4)]
