"""The last check before a frame is encoded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from diffusion_mpc_ros.robot import spec
from diffusion_mpc_ros.safety.hard_limits import HardLimits

LIMITS = HardLimits(spec.JOINT_LOWER, spec.JOINT_UPPER, spec.KP)


@given(q=arrays(np.float64, 12, elements=st.floats()), kp=st.floats(), kd=st.floats())
def test_lets_pass_what_a_motor_may_be_told_and_nothing_else(q: np.ndarray, kp: float, kd: float) -> None:
    admissible = 0.0 <= kp <= spec.KP and 0.0 <= kd <= 10.0
    if kp > 0.0:
        admissible &= bool(((q >= spec.JOINT_LOWER) & (q <= spec.JOINT_UPPER)).all())
    try:
        LIMITS.check(q, kp, kd)
    except ValueError:
        assert not admissible
    else:
        assert admissible or np.abs(q - np.clip(q, spec.JOINT_LOWER, spec.JOINT_UPPER)).max() < 1e-5


@pytest.mark.parametrize("gain", [-1.0, spec.KP + 0.01, np.nan])
def test_names_the_gain(gain: float) -> None:
    with pytest.raises(ValueError, match="kp: expected 0 to 40, got"):
        LIMITS.check(spec.STAND_POSE, gain, 1.0)
    with pytest.raises(ValueError, match="kd: expected 0 to 10, got"):
        LIMITS.check(spec.STAND_POSE, 1.0, gain)


@pytest.mark.parametrize("joint", range(12))
@pytest.mark.parametrize("value", [-9.0, 9.0, np.nan, np.inf])
def test_names_the_joint(joint: int, value: float) -> None:
    q = spec.STAND_POSE.copy()
    q[joint] = value
    with pytest.raises(ValueError, match=f"q: expected .* for {spec.JOINT_NAMES[joint]}, got"):
        LIMITS.check(q, spec.KP, spec.KD)
    LIMITS.check(q, 0.0, spec.KD)


def test_every_pose_within_the_range_passes() -> None:
    for pose in (spec.STAND_POSE, spec.LIE_POSE, spec.JOINT_LOWER, spec.JOINT_UPPER):
        LIMITS.check(pose, spec.KP, spec.KD)
