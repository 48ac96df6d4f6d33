import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.trajectory import ANGULAR_VELOCITY, COMMAND, DT, STATE_DIM
from diffusion_mpc_ros.planning.velocity_feedback import (
    LONGEST_GAP,
    SETTLING,
    Pursuit,
    VelocityFeedback,
    corrected,
)

PERIOD = 4
WALK = np.array([0.5, 0.0, 0.3])


class Robots:
    """Robots that walk at a share of what they are told, and drift; they read as what they do."""

    def __init__(self, share: float, drift: float, count: int = 2) -> None:
        self.share, self.drift = share, drift
        self.velocity = np.zeros((count, 3))

    def odometer(self, observation: np.ndarray) -> np.ndarray:
        return self.velocity[: len(observation), :2]

    def observe(self, command: np.ndarray) -> np.ndarray:
        observation = np.zeros((len(self.velocity), STATE_DIM), np.float32)
        observation[:, COMMAND], observation[:, ANGULAR_VELOCITY] = command, self.velocity * [0.0, 0.0, 1.0]
        return observation

    def walk(self, command: np.ndarray) -> None:
        self.velocity[:] = self.share * command + self.drift


def walked(feedback: VelocityFeedback, robots: Robots, plans: int, command: np.ndarray = WALK) -> Pursuit:
    pursuit = None
    for plan in range(plans):
        observation = robots.observe(command)
        pursuit = feedback.pursue(observation, PERIOD * plan, pursuit)
        robots.walk(corrected(observation, pursuit)[:, COMMAND])
    assert pursuit is not None
    return pursuit


def test_robots_come_to_walk_as_they_are_told() -> None:
    robots = Robots(share=0.8, drift=0.05)
    walked(VelocityFeedback(robots.odometer), robots, plans=150)
    np.testing.assert_allclose(robots.velocity, np.tile(WALK, (2, 1)), atol=1e-3)


def test_it_follows_the_integral() -> None:
    """de/dt = -gain share e in continuous time."""
    robots = Robots(share=0.8, drift=0.0)
    plans = 40
    walked(VelocityFeedback(robots.odometer, gain=1.0), robots, plans)
    seconds = DT * (PERIOD * (plans - 1) - SETTLING)
    np.testing.assert_allclose(WALK - robots.velocity[0], 0.2 * WALK * np.exp(-0.8 * seconds), atol=0.1 * 0.2 * 0.5)


def test_nothing_is_learned_while_a_robot_gets_going() -> None:
    robots = Robots(share=0.5, drift=0.0)
    pursuit = walked(VelocityFeedback(robots.odometer), robots, plans=1 + SETTLING // PERIOD)
    np.testing.assert_array_equal(pursuit.correction, 0.0)
    np.testing.assert_allclose(pursuit.velocity[:, :2], 0.5 * np.tile(WALK[:2], (2, 1)))


def test_standing_robots_are_left_alone() -> None:
    robots = Robots(share=1.0, drift=0.2)
    pursuit = walked(VelocityFeedback(robots.odometer), robots, plans=50, command=np.zeros(3))
    np.testing.assert_array_equal(pursuit.correction, 0.0)


@pytest.mark.parametrize(
    ("command", "elapsed", "kept"),
    [
        (WALK, PERIOD, True),
        (1.4 * WALK, PERIOD, True),
        (-WALK, PERIOD, False),
        (WALK, LONGEST_GAP + 1, False),
        (WALK, -1, False),
    ],
)
def test_another_walk_begins_anew(command: np.ndarray, elapsed: int, kept: bool) -> None:
    robots = Robots(share=0.8, drift=0.0)
    feedback = VelocityFeedback(robots.odometer)
    pursuit = walked(feedback, robots, plans=50)
    assert (pursuit.correction[:, 0] > 0.05).all()
    after = feedback.pursue(robots.observe(command), pursuit.tick + elapsed, pursuit)
    assert (after.correction[:, 0] > 0.05).all() == kept
    assert (after.held > 0).all() == kept


def test_more_robots_are_others() -> None:
    robots = Robots(share=0.8, drift=0.0)
    feedback = VelocityFeedback(robots.odometer)
    pursuit = walked(feedback, robots, plans=50)
    others = Robots(share=0.8, drift=0.0, count=3)
    after = VelocityFeedback(others.odometer).pursue(others.observe(WALK), pursuit.tick + PERIOD, pursuit)
    np.testing.assert_array_equal(after.correction, 0.0)


def test_a_robot_can_be_forgotten() -> None:
    robots = Robots(share=0.8, drift=0.0)
    pursuit = walked(VelocityFeedback(robots.odometer), robots, plans=50).forgetting(np.array([1]))
    assert pursuit.correction[0, 0] > 0.05
    assert (pursuit.correction[1] == 0.0).all()
    assert pursuit.held.tolist() == [4 * 49, 0]


@given(
    velocity=st.floats(-1e3, 1e3),
    limit=st.floats(0.0, 0.5),
    gain=st.floats(0.0, 5.0),
    plans=st.integers(1, 60),
)
def test_the_correction_keeps_its_limit(velocity: float, limit: float, gain: float, plans: int) -> None:
    robots = Robots(share=0.0, drift=velocity)
    robots.walk(WALK)
    pursuit = walked(VelocityFeedback(robots.odometer, gain, limit), robots, plans)
    assert np.abs(pursuit.correction).max() <= limit
