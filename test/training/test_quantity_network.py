"""The written-out derivative of a quantity's network, in torch and as a graph."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

from diffusion_mpc_ros.planning.normalization import DATA_CLIP
from diffusion_mpc_ros.planning.onnx_graphs import OnnxQuantity
from diffusion_mpc_ros.planning.trajectory import WIDTH
from diffusion_mpc_ros.training.export import export_quantity
from diffusion_mpc_ros.training.quantity_network import QuantityNetwork, ValueAndGradient

HORIZON, LEVELS = 11, 10


@pytest.fixture
def network() -> QuantityNetwork:
    """Untrained, with statistics of columns and quantity that are all different."""
    torch.manual_seed(0)
    network = QuantityNetwork(HORIZON, LEVELS, width=24)
    network.column_mean.copy_(torch.linspace(-2.0, 2.0, WIDTH))
    network.column_std.copy_(torch.linspace(0.1, 3.0, WIDTH))
    network.mean.fill_(80.0)
    network.std.fill_(50.0)
    return network


def windows(network: QuantityNetwork, count: int = 7) -> torch.Tensor:
    """Of the network's own statistics, so that some values are beyond what it is shown."""
    scaled = 2.0 * torch.randn(count, HORIZON, WIDTH, dtype=network.mean.dtype)
    return network.column_mean + network.column_std * scaled


def graph(network: QuantityNetwork, tau: torch.Tensor, level: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What the graph computes, for windows (M, H, 57) rather than as they lie in memory."""
    value, gradient = ValueAndGradient(network)(tau.permute(2, 1, 0), level)
    return value, gradient.permute(2, 1, 0)


@pytest.mark.parametrize("k", [0, 4, 9])
def test_gradient_is_that_of_automatic_differentiation(network: QuantityNetwork, k: int) -> None:
    level = torch.tensor([k])
    tau = windows(network).requires_grad_()
    expected = network(tau, level)
    (slope,) = torch.autograd.grad(expected.sum(), tau)
    value, gradient = graph(network, tau, level)
    torch.testing.assert_close(value, expected, rtol=1e-5, atol=0.0)
    torch.testing.assert_close(gradient, slope, rtol=1e-5, atol=1e-5 * slope.abs().max().item())


def test_gradient_is_that_of_finite_differences(network: QuantityNetwork) -> None:
    network.double()
    tau, level = windows(network), torch.tensor([3])
    direction = torch.randn_like(tau) * network.column_std
    step = 1e-6
    with torch.no_grad():
        slope = (network(tau + step * direction, level) - network(tau - step * direction, level)) / (2.0 * step)
        _, gradient = graph(network, tau, level)
    torch.testing.assert_close((gradient * direction).sum(dim=(1, 2)), slope, rtol=1e-5, atol=1e-6)


def test_what_lies_beyond_the_data_neither_counts_nor_pulls(network: QuantityNetwork) -> None:
    tau, level = network.column_mean.expand(1, HORIZON, WIDTH).clone(), torch.tensor([0])
    tau[0, 2, 5] += 1.5 * DATA_CLIP * network.column_std[5]
    further = tau.clone()
    further[0, 2, 5] += DATA_CLIP * network.column_std[5]
    value, gradient = graph(network, tau, level)
    assert gradient[0, 2, 5] == 0.0
    assert (gradient != 0.0).sum() == HORIZON * WIDTH - 1
    torch.testing.assert_close(network(further, level), value)


def test_the_level_is_heard(network: QuantityNetwork) -> None:
    tau = windows(network, count=LEVELS)
    together = network(tau, torch.arange(LEVELS))
    alone = [network(tau[k : k + 1], torch.tensor([k])) for k in range(LEVELS)]
    torch.testing.assert_close(together, torch.cat(alone))
    assert len({network(tau[:1], torch.tensor([k])).item() for k in range(LEVELS)}) == LEVELS


def test_the_exported_graph_computes_the_same(network: QuantityNetwork, tmp_path: Path) -> None:
    file = tmp_path / "power.onnx"
    export_quantity(network, HORIZON, file)
    quantity = OnnxQuantity(file, HORIZON)
    for count, k in itertools.product((1, 7), (0, 9)):
        tau = windows(network, count)
        value, gradient = quantity(tau.numpy(), k)
        with torch.no_grad():
            expected = graph(network, tau, torch.tensor([k]))
        np.testing.assert_allclose(value, expected[0], rtol=1e-5)
        np.testing.assert_allclose(gradient, expected[1], rtol=1e-5, atol=1e-5 * np.abs(gradient).max())
