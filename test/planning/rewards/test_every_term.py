"""What holds for each analytic term."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.rewards.joints import ActionRate, JointAcceleration, JointVelocity, Posture, Range
from diffusion_mpc_ros.planning.rewards.learned import BaseHeight, Energy, FootLift
from diffusion_mpc_ros.planning.rewards.registry import BUILT_IN
from diffusion_mpc_ros.planning.rewards.shares import LegPostureShare, LegVelocityShare
from diffusion_mpc_ros.planning.rewards.slope import SlopePosture
from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.rewards.trunk import Align, Smooth
from diffusion_mpc_ros.planning.rewards.velocity import VelocityTracking
from diffusion_mpc_ros.planning.trajectory import COMMAND, GRAVITY, NUM_JOINTS, PREVIOUS_ACTION, joint_indices

REAR_CALVES = np.isin(np.arange(NUM_JOINTS), joint_indices(("RR", "RL"), ("calf",)))
TERMS: tuple[RewardTerm, ...] = (
    Posture(np.linspace(-1.0, 1.0, NUM_JOINTS), REAR_CALVES),
    Posture(np.full(NUM_JOINTS, 0.3)),
    Range(np.full(NUM_JOINTS, -0.4), np.full(NUM_JOINTS, 0.2)),
    JointVelocity(),
    JointVelocity(REAR_CALVES),
    JointAcceleration(),
    JointAcceleration(REAR_CALVES),
    ActionRate(),
    ActionRate(REAR_CALVES),
    LegVelocityShare(),
    LegVelocityShare(REAR_CALVES),
    LegPostureShare(np.linspace(-1.0, 1.0, NUM_JOINTS)),
    LegPostureShare(np.full(NUM_JOINTS, 0.3), REAR_CALVES),
    Align(np.array([0.3, -0.2, -1.0])),
    Smooth(),
    VelocityTracking(),
    VelocityTracking(yaw_gain=3.0),
    SlopePosture(),
    SlopePosture(level=-1.0, gain=2.0),
)
Trajectories = Callable[..., np.ndarray]
Gradient = Callable[[RewardTerm, np.ndarray], np.ndarray]
each_term = pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)


def test_each_is_here() -> None:
    learned = {BaseHeight, Energy, FootLift}
    assert {type(term) for term in TERMS} == set(BUILT_IN) - learned


@each_term
@given(seed=st.integers(0, 2**32 - 1), weight=st.floats(0.1, 10.0))
def test_gradient_is_that_of_the_value(trajectories: Trajectories, term: RewardTerm, seed: int, weight: float) -> None:
    """Central differences along a random direction of all columns but those that are measured."""
    reward = CompositeReward(((weight, term),))
    tau = trajectories(seed)
    direction = np.random.default_rng(seed + 1).normal(size=tau.shape)
    direction[:, 0, COMMAND] = direction[:, 0, PREVIOUS_ACTION] = 0.0
    if isinstance(term, SlopePosture):
        direction[:, 0, GRAVITY] = 0.0
    step = 1e-6
    slope = (reward.value(tau + step * direction, 0) - reward.value(tau - step * direction, 0)) / (2.0 * step)
    expected = np.sum(reward.gradient(tau, 0) * direction, axis=(1, 2))
    scale = np.abs(reward.value(tau, 0)) + np.abs(expected) + 1.0
    np.testing.assert_allclose(slope / scale, expected / scale, atol=1e-5)


@each_term
def test_rewards_are_never_positive_and_treat_candidates_alone(
    trajectories: Trajectories, gradient: Gradient, term: RewardTerm
) -> None:
    tau = trajectories(7, count=4)
    assert np.all(term.value(tau, 0) <= 0.0)
    alone = tau[2:3].copy(order="A")
    np.testing.assert_allclose(term.value(tau, 0)[2:3], term.value(alone, 0))
    np.testing.assert_allclose(gradient(term, tau)[2:3], gradient(term, alone), atol=1e-12)


@each_term
def test_single_precision_stays_so_and_suffices(
    trajectories: Trajectories, gradient: Gradient, term: RewardTerm
) -> None:
    tau = trajectories(7).astype(np.float32)
    assert term.value(tau, 0).dtype == np.float32
    exact = gradient(term, tau.astype(np.float64))
    np.testing.assert_allclose(gradient(term, tau), exact, atol=2e-5 * np.abs(exact).max())


@each_term
def test_derivatives_are_weighted_and_added(trajectories: Trajectories, gradient: Gradient, term: RewardTerm) -> None:
    tau = trajectories(7)
    total = np.ones_like(tau)
    term.add_gradient(tau, 0, 2.5, total)
    np.testing.assert_allclose(total, 1.0 + 2.5 * gradient(term, tau), rtol=1e-6, atol=1e-6)


@each_term
def test_trajectories_are_not_written_to(trajectories: Trajectories, gradient: Gradient, term: RewardTerm) -> None:
    tau = trajectories(7)
    before = tau.copy()
    term.value(tau, 0)
    gradient(term, tau)
    np.testing.assert_array_equal(tau, before)
