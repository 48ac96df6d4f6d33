"""Both denoisers: shapes, dependence on the step, no leak between windows."""

import pytest
import torch

from diffusion_mpc_ros.training.networks import NETWORKS


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_denoises_windows_one_by_one(name: str) -> None:
    torch.manual_seed(0)
    network = NETWORKS[name](11, 57, 10, width=32).eval()
    tau = torch.randn(4, 11, 57)
    with torch.inference_mode():
        batch = network(tau, torch.tensor([3, 3, 7, 7]))
        assert batch.shape == tau.shape
        torch.testing.assert_close(batch[:2], network(tau[:2], torch.tensor([3])), atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(batch[2:], network(tau[2:], torch.tensor([7])), atol=1e-5, rtol=1e-4)
        assert not torch.allclose(batch[:2], network(tau[:2], torch.tensor([4])))
