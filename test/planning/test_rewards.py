import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.rewards.joints import JointAcceleration, JointVelocity, Posture, Range
from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.rewards.trunk import Align, Smooth
from diffusion_mpc_ros.planning.trajectory import (
    DT,
    GRAVITY,
    JOINT_POSITION,
    JOINT_VELOCITY,
    NUM_JOINTS,
    WIDTH,
    joint_indices,
)

REAR_CALVES = np.isin(np.arange(NUM_JOINTS), joint_indices(("RR", "RL"), ("calf",)))
TERMS: tuple[RewardTerm, ...] = (
    Posture(np.linspace(-1.0, 1.0, NUM_JOINTS), REAR_CALVES),
    Posture(np.full(NUM_JOINTS, 0.3)),
    Range(np.full(NUM_JOINTS, -0.4), np.full(NUM_JOINTS, 0.2)),
    JointVelocity(),
    JointAcceleration(),
    Align(np.array([0.3, -0.2, -1.0])),
    Smooth(),
)


def trajectories(seed: int, count: int = 3, horizon: int = 5) -> np.ndarray:
    """Random trajectories (M, H, 57) in float64, with gravity vectors of about unit length."""
    rng = np.random.default_rng(seed)
    tau = rng.normal(size=(count, horizon, WIDTH))
    g = tau[..., GRAVITY]
    tau[..., GRAVITY] = g / np.linalg.norm(g, axis=-1, keepdims=True) * rng.uniform(0.5, 1.5, (count, horizon, 1))
    return tau


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
@given(seed=st.integers(0, 2**32 - 1), weight=st.floats(0.1, 10.0))
def test_gradient_is_that_of_the_value(term: RewardTerm, seed: int, weight: float) -> None:
    """Central differences along a random direction of all 57 columns."""
    reward = CompositeReward(((weight, term),))
    tau = trajectories(seed)
    direction = np.random.default_rng(seed + 1).normal(size=tau.shape)
    step = 1e-6
    slope = (reward.value(tau + step * direction, 0) - reward.value(tau - step * direction, 0)) / (2.0 * step)
    expected = np.sum(reward.gradient(tau, 0) * direction, axis=(1, 2))
    scale = np.abs(reward.value(tau, 0)) + np.abs(expected) + 1.0
    np.testing.assert_allclose(slope / scale, expected / scale, atol=1e-5)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_rewards_are_never_positive_and_treat_candidates_alone(term: RewardTerm) -> None:
    tau = trajectories(7, count=4)
    assert np.all(term.value(tau, 0) <= 0.0)
    np.testing.assert_allclose(term.value(tau, 0)[2:3], term.value(tau[2:3], 0))
    np.testing.assert_allclose(term.gradient(tau, 0)[2:3], term.gradient(tau[2:3], 0))


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_single_precision_stays_so(term: RewardTerm) -> None:
    tau = trajectories(7).astype(np.float32)
    assert term.value(tau, 0).dtype == np.float32
    assert term.gradient(tau, 0).dtype == np.float32


def test_posture_by_hand() -> None:
    tau = np.zeros((1, 2, WIDTH))
    tau[0, :, JOINT_POSITION] = [[0.5] * 12, [0.1] * 12]
    assert Posture(np.full(12, 0.2), REAR_CALVES).value(tau, 0) == pytest.approx(-(2 * 0.3**2 + 2 * 0.1**2) / 2)


def test_range_is_flat_inside() -> None:
    tau = np.zeros((1, 2, WIDTH))
    term = Range(np.full(12, -0.1), np.full(12, 0.1))
    assert term.value(tau, 0) == 0.0
    assert not term.gradient(tau, 0).any()
    tau[0, 1, JOINT_POSITION.start] = -0.4
    assert term.value(tau, 0) == pytest.approx(-(0.3**2) / 2)


def test_velocity_and_acceleration_by_hand() -> None:
    tau = np.zeros((1, 3, WIDTH))
    tau[0, 1, JOINT_VELOCITY.start] = 2.0
    assert JointVelocity().value(tau, 0) == pytest.approx(-4.0)
    assert JointAcceleration().value(tau, 0) == pytest.approx(-2 * (2.0 / DT) ** 2)


def test_align_from_best_to_worst() -> None:
    tau = np.zeros((3, 2, WIDTH))
    tau[..., GRAVITY] = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 2.0]])[:, None]
    np.testing.assert_allclose(Align().value(tau, 0), [0.0, -1.0, -2.0], atol=1e-7)
    np.testing.assert_allclose(Align(np.array([0.5, 0.0, 0.0])).value(tau, 0), [-1.0, 0.0, -1.0], atol=1e-7)


def test_smooth_by_hand() -> None:
    tau = np.zeros((1, 3, WIDTH))
    tau[0, :, GRAVITY] = [[0.0, 0.0, -1.0], [0.6, 0.0, -0.8], [0.0, 0.0, -3.0]]
    assert Smooth().value(tau, 0) == pytest.approx(-2 * (0.6 + 0.2))


@pytest.mark.parametrize("term", [Align(), Smooth()], ids=lambda term: term.name)
def test_vanishing_gravity_has_a_finite_gradient(term: RewardTerm) -> None:
    tau = np.zeros((1, 3, WIDTH), np.float32)
    tau[0, 1, GRAVITY] = 1e-20
    assert np.all(np.isfinite(term.gradient(tau, 0)))


def test_composition_adds_weighted_terms_and_drops_those_of_weight_zero() -> None:
    tau = trajectories(3)
    posture, velocity = TERMS[0], TERMS[3]
    reward = CompositeReward(((2.0, posture), (0.0, Smooth()), (0.5, velocity)))
    assert [term.name for _, term in reward.terms] == ["posture", "joint_velocity"]
    np.testing.assert_allclose(reward.value(tau, 0), 2.0 * posture.value(tau, 0) + 0.5 * velocity.value(tau, 0))
    gradient = reward.gradient(tau, 0)
    np.testing.assert_allclose(gradient[..., JOINT_POSITION], 2.0 * posture.gradient(tau, 0))
    np.testing.assert_allclose(gradient[..., JOINT_VELOCITY], 0.5 * velocity.gradient(tau, 0))
    assert not gradient[..., : JOINT_POSITION.start].any()
    assert not gradient[..., JOINT_VELOCITY.stop :].any()


def test_nothing_weighted_is_no_reward() -> None:
    reward = CompositeReward(((0.0, Smooth()),))
    assert not reward
    assert not reward.value(trajectories(1), 0).any()


def test_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match=r"lower\[3\]: expected at most upper\[3\] = 0, got 1"):
        Range(np.eye(12)[3], np.zeros(12))
    with pytest.raises(ValueError, match=r"direction: expected a vector of length 0.1 or more, got length 0"):
        Align(np.zeros(3))
    with pytest.raises(ValueError, match=r"target: expected shape \(12,\), got \(3,\)"):
        Posture(np.zeros(3))
