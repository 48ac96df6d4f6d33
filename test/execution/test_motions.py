"""Motions start and end exactly, at rest, and stay between their poses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.execution.motions import JointMotion, minimum_jerk, settle, sit_down, stand_up
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.robot import spec
from diffusion_mpc_ros.safety.joint_spec import JointSpec

CONFIG = ControllerConfig()
poses = arrays(np.float64, 12, elements=st.floats(0.0, 1.0)).map(
    lambda share: spec.JOINT_LOWER + share * (spec.JOINT_UPPER - spec.JOINT_LOWER)
)


def motions(start: np.ndarray, go2: JointSpec) -> list[JointMotion]:
    return [
        stand_up(start, go2, CONFIG),
        settle(start, go2, CONFIG),
        sit_down(start, go2, CONFIG, via_stand=True),
        sit_down(start, go2, CONFIG, via_stand=False),
    ]


def test_minimum_jerk_by_hand() -> None:
    assert [minimum_jerk(phase) for phase in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert minimum_jerk(0.25) == pytest.approx(0.103515625)


def test_minimum_jerk_never_turns_back() -> None:
    assert (np.diff([minimum_jerk(phase) for phase in np.linspace(0.0, 1.0, 200)]) > 0.0).all()


@given(poses)
def test_start_and_end_are_exact(go2: JointSpec, start: np.ndarray) -> None:
    ends = [spec.STAND_POSE, spec.STAND_POSE, spec.LIE_POSE, spec.LIE_POSE]
    for motion, end in zip(motions(start, go2), ends, strict=True):
        np.testing.assert_array_equal(motion.pose(0.0), start)
        np.testing.assert_array_equal(motion.pose(motion.duration), end)
        np.testing.assert_array_equal(motion.pose(motion.duration + 100.0), end)


@given(poses)
def test_rests_at_every_pose(go2: JointSpec, start: np.ndarray) -> None:
    small = 1e-4
    for motion in motions(start, go2):
        for time in np.cumsum([0.0, *motion.durations]):
            before, here, after = (motion.pose(time + offset) for offset in (-small, 0.0, small))
            speed = np.abs(np.stack([here - before, after - here])[int(time == 0.0) :]) / small
            assert speed.max() < 1e-3


@given(poses, st.floats(0.0, 4.0))
def test_stays_within_the_limits(go2: JointSpec, start: np.ndarray, time: float) -> None:
    for motion in motions(start, go2):
        pose = motion.pose(time)
        assert (pose >= spec.JOINT_LOWER - 1e-12).all()
        assert (pose <= spec.JOINT_UPPER + 1e-12).all()


def test_no_motion_of_the_go2_outruns_its_motors(go2: JointSpec) -> None:
    # The farthest starts there are: every joint at one of its limits.
    for start in (spec.JOINT_LOWER, spec.JOINT_UPPER):
        for motion in motions(start, go2):
            path = np.stack([motion.pose(time) for time in np.arange(0.0, motion.duration, DT)])
            assert (np.abs(np.diff(path, axis=0)) / DT < spec.VELOCITY_LIMIT).all()


def test_rising_goes_by_way_of_the_lie_pose_and_grows_its_gain(go2: JointSpec) -> None:
    motion = stand_up(spec.STAND_POSE, go2, CONFIG)
    np.testing.assert_array_equal(motion.pose(CONFIG.fold_s), spec.LIE_POSE)
    assert [motion.gain(time) for time in (0.0, 0.25, 0.5, 9.0)] == [0.0, 0.5, 1.0, 1.0]


def test_sitting_lets_go_once_it_lies(go2: JointSpec) -> None:
    motion = sit_down(spec.STAND_POSE, go2, CONFIG, via_stand=True)
    lies = CONFIG.settle_s + CONFIG.sit_s
    np.testing.assert_array_equal(motion.pose(lies), spec.LIE_POSE)
    assert [motion.gain(lies + time) for time in (-lies, 0.0, 0.25, 0.5, 9.0)] == [1.0, 1.0, 0.5, 0.0, 0.0]


def test_refuses_a_motion_without_times() -> None:
    with pytest.raises(ValueError, match="durations: expected 1 values above 0"):
        JointMotion(np.stack([spec.LIE_POSE, spec.STAND_POSE]), (0.0,))
