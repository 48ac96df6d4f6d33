"""What `bench` compares with does the same work."""

import numpy as np
import torch

from diffusion_mpc_ros.evaluation.peers.temporal_unet import TemporalUNet
from diffusion_mpc_ros.evaluation.peers.torch_rewards import all_terms
from diffusion_mpc_ros.evaluation.peers.torch_sampler import TorchSampler
from diffusion_mpc_ros.planning.rewards.joints import ActionRate, JointAcceleration, JointVelocity, Posture, Range
from diffusion_mpc_ros.planning.rewards.shares import LegPostureShare, LegVelocityShare
from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.rewards.trunk import Align, Smooth
from diffusion_mpc_ros.planning.rewards.velocity import VelocityTracking
from diffusion_mpc_ros.planning.trajectory import STATE, WIDTH

HORIZON = 11
TARGET, LOWER, UPPER = np.linspace(-0.5, 0.5, 12), np.full(12, -0.2), np.full(12, 0.3)
TERMS: tuple[RewardTerm, ...] = (
    Posture(TARGET),
    Range(LOWER, UPPER),
    JointVelocity(),
    JointAcceleration(),
    ActionRate(),
    Align(),
    Smooth(),
    LegVelocityShare(),
    LegPostureShare(TARGET),
    VelocityTracking(),
)


def test_the_terms_and_their_gradients_are_ours() -> None:
    tau = np.random.default_rng(0).normal(scale=0.5, size=(3, HORIZON, WIDTH)).astype(np.float32)
    given = torch.from_numpy(tau).requires_grad_()
    values = all_terms(given, *(torch.from_numpy(x).float() for x in (TARGET, LOWER, UPPER)))
    assert values.keys() == {term.name for term in TERMS}
    for term in TERMS:
        value = values[term.name]
        np.testing.assert_allclose(value.detach(), term.value(tau, 0), rtol=1e-4, atol=1e-5)
        (slope,) = torch.autograd.grad(value.sum(), given, retain_graph=True)
        scale = np.abs(slope.numpy()).max()
        ours = np.zeros_like(tau)
        term.add_gradient(tau, 0, 1.0, ours)
        np.testing.assert_allclose(slope.numpy(), ours, atol=1e-3 * scale, err_msg=term.name)


def test_plans_begin_at_the_first_state_and_keep_the_bounds() -> None:
    torch.manual_seed(0)
    lower, upper = torch.full((HORIZON, WIDTH), -0.3), torch.full((HORIZON, WIDTH), 0.4)
    network = TemporalUNet(HORIZON, WIDTH, 10, width=8).eval()
    sampler = TorchSampler(network, torch.zeros(WIDTH), torch.ones(WIDTH), lower, upper, HORIZON, 10)
    s0 = torch.randn(45)
    plan = sampler(s0, 4, 10, lambda tau: -tau[..., 50].square().sum(dim=1))
    assert plan.shape == (HORIZON, WIDTH)
    assert ((plan >= -0.3) & (plan <= 0.4)).all()
    free = TorchSampler(network, torch.zeros(WIDTH), torch.ones(WIDTH), lower - 9, upper + 9, HORIZON, 10)
    torch.testing.assert_close(free(s0, 1, 3, None)[0, STATE], s0)


def test_the_unet_has_the_size_that_was_released() -> None:
    """About 16.8 million parameters (width 64 x 1, 2, 4, 8)."""
    network = TemporalUNet(24, 61, 10)
    assert 10e6 < sum(parameter.numel() for parameter in network.parameters()) < 25e6
    batch = network(torch.randn(4, 24, 61), torch.tensor([3, 3, 7, 7]))
    assert batch.shape == (4, 24, 61)
