from collections.abc import Callable

import numpy as np

from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.rewards.joints import JointVelocity, Posture
from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.rewards.trunk import Smooth
from diffusion_mpc_ros.planning.trajectory import JOINT_POSITION, JOINT_VELOCITY, NUM_JOINTS

Trajectories = Callable[..., np.ndarray]
Gradient = Callable[[RewardTerm, np.ndarray], np.ndarray]


def test_composition_adds_weighted_terms_and_drops_those_of_weight_zero(
    trajectories: Trajectories, gradient: Gradient
) -> None:
    tau = trajectories(3)
    posture, velocity = Posture(np.linspace(-1.0, 1.0, NUM_JOINTS)), JointVelocity()
    reward = CompositeReward(((2.0, posture), (0.0, Smooth()), (0.5, velocity)))
    assert [term.name for _, term in reward.terms] == ["posture", "joint_velocity"]
    np.testing.assert_allclose(reward.value(tau, 0), 2.0 * posture.value(tau, 0) + 0.5 * velocity.value(tau, 0))
    derivative = reward.gradient(tau, 0)
    np.testing.assert_allclose(derivative, 2.0 * gradient(posture, tau) + 0.5 * gradient(velocity, tau), rtol=1e-6)
    assert derivative[..., JOINT_POSITION].all()
    assert derivative[..., JOINT_VELOCITY].all()
    assert not derivative[..., : JOINT_POSITION.start].any()
    assert not derivative[..., JOINT_VELOCITY.stop :].any()


def test_nothing_weighted_is_no_reward(trajectories: Trajectories) -> None:
    reward = CompositeReward(((0.0, Smooth()),))
    assert not reward
    assert not reward.value(trajectories(1), 0).any()
