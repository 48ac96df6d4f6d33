"""Networks in training as the planner's prior: what is rolled out is planned with as it would be on the robot."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.quantity import Quantity
from diffusion_mpc_ros.planning.rewards.learned import READS
from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.training import parallel
from diffusion_mpc_ros.training.prior import PriorConfig
from diffusion_mpc_ros.training.quantity_network import QuantityNetwork, ValueAndGradient


class NetworkDenoiser:
    """A network as a ``Denoiser``: it plans with the weights it has at the moment."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network

    @torch.inference_mode()
    def __call__(self, tau: np.ndarray, k: int) -> np.ndarray:
        estimate = self._network(*_inputs(tau, k))
        return estimate.cpu().numpy()


class NetworkQuantity:
    """A network as a ``Quantity``."""

    def __init__(self, network: QuantityNetwork) -> None:
        self._network = ValueAndGradient(network.to(parallel.device()))

    @torch.inference_mode()
    def __call__(self, tau: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        value, gradient = self._network(*_inputs(tau, k))
        return value.cpu().numpy(), gradient.cpu().numpy()


def _inputs(tau: np.ndarray, k: int) -> tuple[Tensor, Tensor]:
    device = parallel.device()
    return torch.from_numpy(np.ascontiguousarray(tau)).to(device), torch.tensor([k], device=device)


def live_prior(network: nn.Module, config: PriorConfig, mean: np.ndarray, std: np.ndarray) -> Prior:
    """The prior that ``network`` is, on windows normalised by ``mean`` and ``std`` (57,)."""
    return Prior(
        denoiser=NetworkDenoiser(network),
        schedule=Schedule.cosine(config.diffusion_steps),
        normalization=Normalization(mean, std),
        horizon=config.horizon,
    )


def live_resources(networks: Mapping[str, QuantityNetwork]) -> dict[str, Quantity]:
    """What an ``ObjectiveSchema`` needs of these networks."""
    return {resource: NetworkQuantity(networks[name]) for resource, name in READS.items() if name in networks}
