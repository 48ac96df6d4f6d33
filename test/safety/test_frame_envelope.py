"""Frame by frame, whatever is asked for and measured: range, step and torque hold, and hold together."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diffusion_mpc_ros.robot import spec
from diffusion_mpc_ros.safety.frame_envelope import FrameEnvelope

STEP = 0.06
ROUNDING = 1e-9


def joints(low: float, high: float) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float64, 12, elements=st.floats(low, high))


Asked = tuple[np.ndarray, float, float, np.ndarray, np.ndarray, bool]
"""Target, gains, measured positions and velocities, and whether the frame is sent."""
wild = joints(-1e6, 1e6)
in_range = joints(0.0, 1.0).map(lambda share: spec.JOINT_LOWER + share * (spec.JOINT_UPPER - spec.JOINT_LOWER))
gains = st.floats(1e-3, spec.KP)
damping_gains = st.floats(0.0, 10.0)
frames = st.lists(st.tuples(wild, gains, damping_gains, wild, wild, st.booleans()), min_size=1, max_size=8)


def envelope() -> FrameEnvelope:
    return FrameEnvelope(spec.JOINT_LOWER, spec.JOINT_UPPER, spec.TORQUE_LIMIT, STEP)


@given(frames)
def test_every_frame_holds_every_limit(frames: list[Asked]) -> None:
    under_test, last = envelope(), None
    for target, kp, kd, q, dq, is_sent in frames:
        admitted = under_test.admit(target, kp, kd, q, dq)
        assert ((admitted.q >= spec.JOINT_LOWER) & (admitted.q <= spec.JOINT_UPPER)).all()
        before = np.clip(q, spec.JOINT_LOWER, spec.JOINT_UPPER) if last is None else last
        assert (np.abs(admitted.q - before) <= STEP + ROUNDING).all()
        torque = admitted.kp * (admitted.q - q) - admitted.kd * dq
        assert (np.abs(torque) <= spec.TORQUE_LIMIT * (1.0 + ROUNDING)).all()
        assert ((admitted.kp >= 0.0) & (admitted.kp <= kp) & (admitted.kd >= 0.0) & (admitted.kd <= kd)).all()
        if is_sent:
            under_test.sent(admitted)
            last = admitted.q


@given(q=in_range, offset=joints(-STEP, STEP))
def test_leaves_an_admissible_target_alone(q: np.ndarray, offset: np.ndarray) -> None:
    target = np.clip(q + offset, spec.JOINT_LOWER, spec.JOINT_UPPER)
    admitted = envelope().admit(target, spec.KP, spec.KD, q, np.zeros(12))
    np.testing.assert_array_equal(admitted.q, target)
    np.testing.assert_array_equal(admitted.kp, spec.KP)
    np.testing.assert_array_equal(admitted.kd, spec.KD)


@given(start=in_range, target=in_range)
def test_a_target_in_range_is_reached_in_as_many_frames_as_it_takes(start: np.ndarray, target: np.ndarray) -> None:
    under_test = envelope()
    needed = int(np.ceil(np.abs(target - start).max() / STEP - 1e-6))
    for _ in range(max(1, needed)):
        admitted = under_test.admit(target, spec.KP, spec.KD, start, np.zeros(12))
        under_test.sent(admitted)
    np.testing.assert_allclose(admitted.q, target, atol=1e-6)


def test_a_frame_that_was_not_sent_moves_nothing() -> None:
    under_test = envelope()
    under_test.sent(under_test.admit(spec.STAND_POSE, spec.KP, spec.KD, spec.STAND_POSE, np.zeros(12)))
    for _ in range(3):
        admitted = under_test.admit(spec.LIE_POSE, spec.KP, spec.KD, spec.STAND_POSE, np.zeros(12))
    assert np.abs(admitted.q - spec.STAND_POSE).max() <= STEP + ROUNDING


def test_after_a_pause_it_moves_from_where_the_joints_are() -> None:
    under_test = envelope()
    under_test.sent(under_test.admit(spec.STAND_POSE, spec.KP, spec.KD, spec.STAND_POSE, np.zeros(12)))
    under_test.sent(None)
    admitted = under_test.admit(spec.STAND_POSE, spec.KP, spec.KD, spec.LIE_POSE, np.zeros(12))
    assert np.abs(admitted.q - spec.LIE_POSE).max() <= STEP + ROUNDING


def test_gains_by_hand() -> None:
    # A hip at rest 1 rad from a target that is held: 40 N m/rad x 1 rad = 40 N m, the motor gives 23.7 N m. One that
    # moves at 10 rad/s towards a target 1 rad away: 40 - 10 = 30 N m.
    under_test = envelope()
    held = np.zeros(12) + spec.STAND_POSE
    held[[0, 3]] = 0.5
    under_test.sent(under_test.admit(held, spec.KP, spec.KD, held, np.zeros(12)))
    q, dq = held.copy(), np.zeros(12)
    q[[0, 3]] = -0.5
    dq[3] = 10.0
    admitted = under_test.admit(held, 40.0, 1.0, q, dq)
    np.testing.assert_allclose(admitted.kp[[0, 3]], [40.0 * 23.7 / 40.0, 40.0 * 23.7 / 30.0])
    np.testing.assert_allclose(admitted.kd[[0, 3]], [23.7 / 40.0, 23.7 / 30.0])
    np.testing.assert_array_equal(admitted.kp[1], 40.0)
