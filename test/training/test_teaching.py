"""A teacher that takes over now and then."""

import numpy as np

from diffusion_mpc_ros.planning.trajectory import ACTION_DIM, STATE_DIM
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import NOMINAL
from diffusion_mpc_ros.training.teaching import Lessons, Taught

ROBOTS, SEGMENT, SEGMENTS = 400, 5, 6


class Planner:
    """Tells the tick as every joint's target."""

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        return np.full((len(observation), ACTION_DIM), float(tick))


def teacher(observation: np.ndarray) -> np.ndarray:
    """Tells the robot's own first value, less one."""
    return np.repeat(-1.0 - observation[:, :1], ACTION_DIM, axis=1)


def taught(share: float | np.ndarray) -> np.ndarray:
    """Who walked by the teacher, (ticks, ROBOTS) bool; all others walked by the planner."""
    controller = Taught(Planner(), teacher, np.broadcast_to(share, ROBOTS), SEGMENT, np.random.default_rng(0))
    observation = np.tile(np.arange(ROBOTS)[:, None], (1, STATE_DIM)).astype(float)
    answers = np.array([controller.targets(tick, observation) for tick in range(SEGMENT * SEGMENTS)])
    assert (answers == answers[..., :1]).all()
    by_teacher = answers[..., 0] < 0
    np.testing.assert_array_equal(
        answers[..., 0][by_teacher], np.broadcast_to(-1.0 - observation[:, 0], by_teacher.shape)[by_teacher]
    )
    ticks = np.broadcast_to(np.arange(len(answers))[:, None], by_teacher.shape)
    np.testing.assert_array_equal(answers[..., 0][~by_teacher], ticks[~by_teacher])
    return by_teacher


def test_a_segment_is_walked_by_one_of_the_two() -> None:
    segments = taught(0.25).reshape(SEGMENTS, SEGMENT, ROBOTS)
    assert (segments == segments[:, :1]).all()


def test_every_segment_is_drawn_anew() -> None:
    segments = taught(0.25)[::SEGMENT]
    assert abs(segments.mean() - 0.25) < 0.04
    assert abs((segments[0] & segments[1]).mean() - 0.25**2) < 0.04


def test_robots_have_shares_of_their_own() -> None:
    segments = taught(np.repeat([0.0, 0.5], ROBOTS // 2))[::SEGMENT]
    assert not segments[:, : ROBOTS // 2].any()
    assert abs(segments[:, ROBOTS // 2 :].mean() - 0.5) < 0.05


def test_none_and_all() -> None:
    assert not taught(0.0).any()
    assert taught(1.0).all()


def test_lessons_are_of_what_the_teacher_knows() -> None:
    def tell_height(robot: BatchedGo2, height: np.ndarray, observation: np.ndarray) -> np.ndarray:
        return np.repeat(-height[:, None], ACTION_DIM, axis=1)

    robot, assigned = BatchedGo2(3, NOMINAL, np.random.default_rng(1)), np.array([2, 1, 0])
    lessons = Lessons(tell_height, np.array([0.28, np.nan, 0.18]), share=1.0)
    taught = lessons.give(Planner(), robot, assigned, SEGMENT, np.random.default_rng(0))
    np.testing.assert_array_equal(
        taught.targets(7 * SEGMENT, np.zeros((3, STATE_DIM)))[:, 0], [-0.18, 7 * SEGMENT, -0.28]
    )
