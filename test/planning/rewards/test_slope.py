from collections.abc import Callable

import numpy as np
import pytest

from diffusion_mpc_ros.planning.rewards.slope import REAR_CALVES, STEEPEST, SlopePosture, incline
from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.trajectory import GRAVITY, JOINT_POSITION, WIDTH

Gradient = Callable[[RewardTerm, np.ndarray], np.ndarray]


def standing(pitch: float, calf: float) -> np.ndarray:
    """One trajectory of two rows whose first row is pitched nose up; the second is level, and must not count."""
    tau = np.zeros((1, 2, WIDTH))
    tau[..., GRAVITY] = 0.0, 0.0, -1.0
    tau[0, 0, GRAVITY] = -np.sin(pitch), 0.0, -np.cos(pitch)
    tau[..., JOINT_POSITION.start + REAR_CALVES] = calf
    return tau


def test_by_hand() -> None:
    term = SlopePosture(level=-1.4, gain=0.8)
    assert term.value(standing(0.0, -1.4), 0) == pytest.approx(0.0)
    assert term.value(standing(0.2, -1.4 - 0.16), 0) == pytest.approx(0.0)
    assert term.value(standing(-0.2, -1.4), 0) == pytest.approx(-2 * 0.16**2)


def test_it_pulls_towards_flexion_uphill_and_extension_downhill(gradient: Gradient) -> None:
    for pitch, sign in ((0.2, -1.0), (-0.2, 1.0)):
        slope = gradient(SlopePosture(), standing(pitch, -1.4))
        calves = JOINT_POSITION.start + REAR_CALVES
        assert (np.sign(slope[..., calves]) == sign).all()
        assert not np.delete(slope, calves, axis=-1).any()


def test_the_incline_is_the_trunks_pitch_up_to_the_steepest() -> None:
    pitch = np.linspace(-1.5, 1.5, 31)
    gravity = np.stack([-np.sin(pitch), np.zeros_like(pitch), -np.cos(pitch)], axis=-1)
    np.testing.assert_allclose(incline(gravity), np.clip(pitch, -STEEPEST, STEEPEST), atol=1e-12)
