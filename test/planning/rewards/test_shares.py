from collections.abc import Callable

import numpy as np
import pytest

from diffusion_mpc_ros.planning.rewards.shares import (
    POSTURE_FLOOR,
    REAR_LEGS,
    VELOCITY_FLOOR,
    LegPostureShare,
    LegVelocityShare,
)
from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES, JOINT_POSITION, JOINT_VELOCITY, WIDTH

Gradient = Callable[[RewardTerm, np.ndarray], np.ndarray]


def test_the_rear_legs_are_spared_by_default() -> None:
    assert [name for name, chosen in zip(JOINT_NAMES, REAR_LEGS, strict=True) if chosen] == list(JOINT_NAMES[6:])


def test_shares_by_hand() -> None:
    tau = np.zeros((1, 2, WIDTH))
    tau[0, 0, JOINT_VELOCITY] = [2.0] * 6 + [1.0] * 6
    assert LegVelocityShare().value(tau, 0) == pytest.approx(-6.0 / (30.0 + VELOCITY_FLOOR) / 2)
    target = np.full(12, 0.1)
    tau[0, :, JOINT_POSITION] = target
    tau[0, 1, JOINT_POSITION] += [0.0] * 6 + [0.2] * 6
    value = LegPostureShare(target).value(tau, 0)
    assert value == pytest.approx(-6 * 0.2**2 / (6 * 0.2**2 + POSTURE_FLOOR) / 2, rel=1e-6)


def test_going_twice_as_fast_is_not_penalised() -> None:
    tau = np.zeros((1, 3, WIDTH))
    tau[..., JOINT_VELOCITY] = np.random.default_rng(0).normal(0.0, 100.0, (1, 3, 12))
    assert LegVelocityShare().value(2.0 * tau, 0) == pytest.approx(LegVelocityShare().value(tau, 0), rel=1e-4)


def test_resting_and_going_to_rest_is_smooth(gradient: Gradient) -> None:
    tau = np.zeros((1, 3, WIDTH))
    assert LegVelocityShare().value(tau, 0) == 0.0
    assert not gradient(LegVelocityShare(), tau).any()
