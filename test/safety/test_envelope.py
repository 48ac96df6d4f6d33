"""Whatever is asked for, the envelope lets through only what the robot can take."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diffusion_mpc_ros.robot import spec
from diffusion_mpc_ros.safety.envelope import JointEnvelope

ENVELOPE = JointEnvelope(spec.JOINT_LOWER, spec.JOINT_UPPER, spec.TORQUE_LIMIT, max_step=0.6)
WITHOUT_STEP = replace(ENVELOPE, max_step=1e6)


def joints(low: float, high: float) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float64, 12, elements=st.floats(low, high))


wild = joints(-1e6, 1e6)
in_range = joints(0.0, 1.0).map(lambda share: spec.JOINT_LOWER + share * (spec.JOINT_UPPER - spec.JOINT_LOWER))
gains = st.sampled_from([0.0, 1e-3, 1.0, spec.KP])


@given(target=wild, last=wild, q=wild, dq=wild, kp=gains)
def test_never_leaves_the_joint_range(
    target: np.ndarray, last: np.ndarray, q: np.ndarray, dq: np.ndarray, kp: float
) -> None:
    admissible = ENVELOPE.clamp(target, last, q, dq, kp, spec.KD).target
    assert (admissible >= spec.JOINT_LOWER).all()
    assert (admissible <= spec.JOINT_UPPER).all()


@given(target=wild, last=wild, q=wild, dq=wild, kp=gains)
def test_is_idempotent(target: np.ndarray, last: np.ndarray, q: np.ndarray, dq: np.ndarray, kp: float) -> None:
    once = ENVELOPE.clamp(target, last, q, dq, kp, spec.KD).target
    twice = ENVELOPE.clamp(once, last, q, dq, kp, spec.KD)
    np.testing.assert_array_equal(twice.target, once)
    assert twice.clipped == 0


@given(target=wild, last=in_range, q=in_range, dq=joints(-20.0, 20.0))
def test_keeps_the_torque_within_the_motor(target: np.ndarray, last: np.ndarray, q: np.ndarray, dq: np.ndarray) -> None:
    # Damping alone stays below the motor's torque at these speeds, so a target within range always exists.
    admissible = ENVELOPE.clamp(target, last, q, dq, spec.KP, spec.KD).target
    torque = spec.KP * (admissible - q) - spec.KD * dq
    assert (np.abs(torque) <= spec.TORQUE_LIMIT + 1e-9).all()


@given(target=wild, last=in_range)
def test_limits_the_step(target: np.ndarray, last: np.ndarray) -> None:
    # With the joint at its last target and at rest, the torque limit alone allows nearly 0.6 rad.
    envelope = replace(ENVELOPE, max_step=0.3)
    admissible = envelope.clamp(target, last, last, np.zeros(12), spec.KP, spec.KD).target
    assert (np.abs(admissible - last) <= 0.3 + 1e-9).all()


@given(q=in_range, offset=joints(-0.1, 0.1))
def test_leaves_an_admissible_target_alone(q: np.ndarray, offset: np.ndarray) -> None:
    target = np.clip(q + offset, spec.JOINT_LOWER, spec.JOINT_UPPER)
    clamped = ENVELOPE.clamp(target, q, q, np.zeros(12), spec.KP, spec.KD)
    np.testing.assert_array_equal(clamped.target, target)
    assert clamped.clipped == 0


def test_counts_the_joints_it_changes() -> None:
    target = spec.STAND_POSE.copy()
    target[[0, 5]] = 9.0
    clamped = WITHOUT_STEP.clamp(target, spec.STAND_POSE, spec.STAND_POSE, np.zeros(12), spec.KP, spec.KD)
    assert clamped.clipped == 2
    np.testing.assert_array_equal(np.flatnonzero(clamped.target != spec.STAND_POSE), [0, 5])


def test_torque_limit_by_hand() -> None:
    # Hip at 0, at rest: 23.7 N m / 40 N m/rad = 0.5925 rad; moving at 10 rad/s damping adds 10 / 40 = 0.25 rad.
    target, q, dq = np.full(12, 1.0), spec.STAND_POSE.copy(), np.zeros(12)
    q[:] = np.clip(q, None, 0.0)
    dq[3] = 10.0
    admissible = WITHOUT_STEP.clamp(target, q, q, dq, kp=40.0, kd=1.0).target
    assert admissible[0] == pytest.approx(q[0] + 0.5925)
    assert admissible[3] == pytest.approx(q[3] + 0.5925 + 0.25)


@given(joint=st.integers(0, 11), value=st.sampled_from([np.nan, np.inf, -np.inf]))
def test_refuses_what_is_not_finite(joint: int, value: float) -> None:
    target = spec.STAND_POSE.copy()
    target[joint] = value
    with pytest.raises(ValueError, match=spec.JOINT_NAMES[joint]):
        ENVELOPE.clamp(target, spec.STAND_POSE, spec.STAND_POSE, np.zeros(12), spec.KP, spec.KD)


def test_refuses_contradictory_limits() -> None:
    with pytest.raises(ValueError, match="lower: expected values below upper"):
        replace(ENVELOPE, lower=spec.JOINT_UPPER)
    with pytest.raises(ValueError, match="torque_limit: expected values above 0"):
        replace(ENVELOPE, torque_limit=np.zeros(12))
    with pytest.raises(ValueError, match="max_step"):
        replace(ENVELOPE, max_step=float("nan"))
