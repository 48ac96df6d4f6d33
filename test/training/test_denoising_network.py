"""The denoiser, as it is trained and as it is deployed."""

import pytest
import torch

from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.trajectory import COMMAND, PREVIOUS_ACTION, STATE, WIDTH
from diffusion_mpc_ros.planning.unknown import BLOCKS
from diffusion_mpc_ros.training.denoising_network import DenoisingNetwork
from diffusion_mpc_ros.training.deployed_network import DeployedDenoiser, DeployedEncoder

HORIZON, LEVELS = 11, 10


@pytest.fixture
def network() -> DenoisingNetwork:
    torch.manual_seed(0)
    return DenoisingNetwork(HORIZON, LEVELS, width=32, blocks=2, encoder_width=24).eval()


def windows(count: int) -> torch.Tensor:
    return torch.randn(count, HORIZON, WIDTH)


def test_windows_are_denoised_one_by_one_and_by_their_level(network: DenoisingNetwork) -> None:
    tau = windows(4)
    with torch.inference_mode():
        batch = network(tau, torch.tensor([3, 3, 7, 7]))
        torch.testing.assert_close(batch[:2], network(tau[:2], torch.tensor([3, 3])), atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(batch[2:], network(tau[2:], torch.tensor([7, 7])), atol=1e-5, rtol=1e-4)
        assert not torch.allclose(batch[:2], network(tau[:2], torch.tensor([4, 4])))


def test_only_the_first_state_and_the_unknown_are_heard(network: DenoisingNetwork) -> None:
    tau, k = windows(1), torch.tensor([5])
    with torch.inference_mode():
        expected = network(tau, k)
        for columns in (COMMAND, PREVIOUS_ACTION):
            other = tau.clone()
            other[:, 1:, columns] += 1.0
            torch.testing.assert_close(network(other, k), expected)
            other[:, 0, columns] += 1.0
            assert not torch.allclose(network(other, k), expected)


@pytest.mark.parametrize(("robots", "candidates"), [(1, 1), (1, 6), (3, 2)])
def test_the_deployed_halves_compute_the_same_in_physical_units(
    network: DenoisingNetwork, robots: int, candidates: int
) -> None:
    mean, std = torch.randn(WIDTH), torch.rand(WIDTH) + 0.2
    encoder, denoiser = DeployedEncoder(network, mean, std), DeployedDenoiser(network, mean, std)
    center, deviation = (network.of(values.expand(1, HORIZON, WIDTH)) for values in (mean, std))
    tau = windows(robots * candidates)
    tau[:, 0, STATE] = torch.randn(robots, 1, 45).expand(-1, candidates, -1).flatten(0, 1)
    physical = mean + std * tau
    blocks = [physical.permute(2, 1, 0)[block].flatten(0, 1) for block in BLOCKS.values()]
    with torch.inference_mode():
        hidden, offset = encoder(physical[::candidates, 0, STATE])
        if robots > 1:
            hidden, offset = hidden.repeat_interleave(candidates, dim=2), offset.repeat_interleave(candidates, dim=1)
        for k in range(1, LEVELS + 1):
            expected = network(tau, torch.full((len(tau),), k))
            estimate = denoiser(*blocks, list(hidden[k - 1]), offset[k - 1])
            torch.testing.assert_close((estimate - center) / deviation, expected, atol=1e-5, rtol=1e-4)


def test_first_states_beyond_the_data_are_clipped(network: DenoisingNetwork) -> None:
    encoder = DeployedEncoder(network, torch.zeros(WIDTH), torch.ones(WIDTH))
    s0 = torch.full((1, 45), 2.0 * DATA_CLIP)
    with torch.inference_mode():
        for told, expected in zip(encoder(s0), encoder(s0.clamp(max=DATA_CLIP)), strict=True):
            torch.testing.assert_close(told, expected)
