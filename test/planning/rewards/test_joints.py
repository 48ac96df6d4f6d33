from collections.abc import Callable

import numpy as np
import pytest

from diffusion_mpc_ros.planning.rewards.joints import ActionRate, JointAcceleration, JointVelocity, Posture, Range
from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.trajectory import (
    ACTION,
    DT,
    JOINT_POSITION,
    JOINT_VELOCITY,
    NUM_JOINTS,
    PREVIOUS_ACTION,
    WIDTH,
    joint_indices,
)

Gradient = Callable[[RewardTerm, np.ndarray], np.ndarray]
REAR_CALVES = np.isin(np.arange(NUM_JOINTS), joint_indices(("RR", "RL"), ("calf",)))


def test_posture_by_hand() -> None:
    tau = np.zeros((1, 2, WIDTH))
    tau[0, :, JOINT_POSITION] = [[0.5] * 12, [0.1] * 12]
    assert Posture(np.full(12, 0.2), REAR_CALVES).value(tau, 0) == pytest.approx(-(2 * 0.3**2 + 2 * 0.1**2) / 2)


def test_range_is_flat_inside(gradient: Gradient) -> None:
    tau = np.zeros((1, 2, WIDTH))
    term = Range(np.full(12, -0.1), np.full(12, 0.1))
    assert term.value(tau, 0) == 0.0
    assert not gradient(term, tau).any()
    tau[0, 1, JOINT_POSITION.start] = -0.4
    assert term.value(tau, 0) == pytest.approx(-(0.3**2) / 2)


def test_velocity_and_acceleration_by_hand() -> None:
    tau = np.zeros((1, 3, WIDTH))
    tau[0, 1, JOINT_VELOCITY.start] = 2.0
    assert JointVelocity().value(tau, 0) == pytest.approx(-4.0)
    assert JointAcceleration().value(tau, 0) == pytest.approx(-2 * (2.0 / DT) ** 2)
    assert JointVelocity(REAR_CALVES).value(tau, 0) == JointAcceleration(REAR_CALVES).value(tau, 0) == 0.0


def test_action_rate_counts_from_the_target_executed_before() -> None:
    tau = np.zeros((1, 3, WIDTH))
    tau[0, 0, PREVIOUS_ACTION] = -0.1
    tau[0, :, ACTION] = [[0.0] * 12, [0.0] * 12, [0.2] * 12]
    tau[0, 1:, PREVIOUS_ACTION] = 9.0  # only that of s_0 is measured
    assert ActionRate().value(tau, 0) == pytest.approx(-12 * (0.1**2 + 0.2**2) / DT**2)
    assert ActionRate(REAR_CALVES).value(tau, 0) == pytest.approx(-2 * (0.1**2 + 0.2**2) / DT**2)


@pytest.mark.parametrize("term", [JointVelocity, JointAcceleration, ActionRate])
def test_a_masked_joint_is_left_alone(gradient: Gradient, term: type[JointVelocity]) -> None:
    tau = np.random.default_rng(3).normal(size=(2, 4, WIDTH))
    masked, whole = gradient(term(REAR_CALVES), tau), gradient(term(), tau)
    for columns in (JOINT_VELOCITY, ACTION):
        assert not masked[..., columns][..., ~REAR_CALVES].any()
        np.testing.assert_allclose(masked[..., columns][..., REAR_CALVES], whole[..., columns][..., REAR_CALVES])
    assert masked.any()


def test_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match=r"lower\[3\]: expected at most upper\[3\] = 0, got 1"):
        Range(np.eye(12)[3], np.zeros(12))
    with pytest.raises(ValueError, match=r"target: expected shape \(12,\), got \(3,\)"):
        Posture(np.zeros(3))
    with pytest.raises(ValueError, match=r"mask: expected shape \(12,\), got \(11,\)"):
        JointVelocity(np.ones(11, bool))
