"""A teacher that takes over now and then."""

import numpy as np

from diffusion_mpc_ros.planning.trajectory import ACTION_DIM, STATE_DIM
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import NOMINAL
from diffusion_mpc_ros.training.teaching import Lessons

ROBOTS, SEGMENT, SEGMENTS = 400, 5, 6


class Planner:
    """Tells the tick as every joint's target."""

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        return np.full((len(observation), ACTION_DIM), float(tick))


def teacher(observation: np.ndarray) -> np.ndarray:
    """Tells the robot's own first value, less one."""
    return np.repeat(-1.0 - observation[:, :1], ACTION_DIM, axis=1)


def taught(share: float) -> np.ndarray:
    """Who walked by the teacher, (ticks, ROBOTS) bool; all others walked by the planner."""
    lessons = Lessons(lambda robot, height, observation: teacher(observation), np.array([0.28]), share)
    assigned = np.zeros(ROBOTS, np.intp)
    led = lessons.drawn(assigned, SEGMENTS, np.random.default_rng(0))
    controller = lessons.give(Planner(), BatchedGo2(1, NOMINAL, np.random.default_rng(1)), assigned, led, SEGMENT)
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


def test_none_and_all() -> None:
    assert not taught(0.0).any()
    assert taught(1.0).all()


def test_lessons_are_of_what_the_teacher_knows() -> None:
    def tell_height(robot: BatchedGo2, height: np.ndarray, observation: np.ndarray) -> np.ndarray:
        return np.repeat(-height[:, None], ACTION_DIM, axis=1)

    robot, assigned = BatchedGo2(3, NOMINAL, np.random.default_rng(1)), np.array([2, 1, 0])
    lessons = Lessons(tell_height, np.array([0.28, np.nan, 0.18]), share=1.0)
    led = lessons.drawn(assigned, SEGMENTS, np.random.default_rng(0))
    taught = lessons.give(Planner(), robot, assigned, led, SEGMENT)
    tick = SEGMENT * (SEGMENTS - 1)
    np.testing.assert_array_equal(taught.targets(tick, np.zeros((3, STATE_DIM)))[:, 0], [-0.18, tick, -0.28])


def test_what_a_guided_planner_does_is_learned_only_where_no_teacher_knows_better() -> None:
    lessons = Lessons(lambda robot, height, observation: teacher(observation), np.array([0.28, np.nan, 0.18]), 0.5)
    led = np.array([[True, False], [False, False], [True, False]])
    exemplary = lessons.exemplary(np.array([0, 1, 2]), led)
    np.testing.assert_array_equal(exemplary, [[True, True], [True, True], [True, False]])
