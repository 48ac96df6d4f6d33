"""Networks in training as the planner's prior: what is rolled out is planned with as it would be on the robot."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from diffusion_mpc_ros.planning.denoiser import Estimator, Prior
from diffusion_mpc_ros.planning.layout import laid_out
from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.quantity import Quantity
from diffusion_mpc_ros.planning.rewards.learned import READS
from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.training import parallel
from diffusion_mpc_ros.training.denoising_network import DenoisingNetwork
from diffusion_mpc_ros.training.deployed_network import DeployedDenoiser, DeployedEncoder
from diffusion_mpc_ros.training.prior import PriorConfig
from diffusion_mpc_ros.training.quantity_network import QuantityNetwork, ValueAndGradient


class NetworkDenoiser:
    """A network as a ``Denoiser``: every plan is made with the weights that it has at the moment.

    Args:
        network: on normalised windows.
        mean, std: (57,) of the columns, physical units.
    """

    def __init__(self, network: DenoisingNetwork, mean: np.ndarray, std: np.ndarray) -> None:
        self._network = network
        self._statistics = [torch.from_numpy(values).to(parallel.device()) for values in (mean, std)]

    @torch.inference_mode()
    def given(self, s0: np.ndarray, candidates: int) -> Estimator:
        """See ``Denoiser``."""
        denoiser = DeployedDenoiser(self._network, *self._statistics)
        context = DeployedEncoder(self._network, *self._statistics)(_tensor(s0))
        context = context.repeat_interleave(candidates, dim=2)

        @torch.inference_mode()
        def estimate(tau: np.ndarray, k: int) -> np.ndarray:
            clean = denoiser(_tensor(laid_out(tau)), context[k - 1]).cpu().numpy()
            return np.ascontiguousarray(clean).T

        return estimate


class NetworkQuantity:
    """A network as a ``Quantity``."""

    def __init__(self, network: QuantityNetwork) -> None:
        self._network = ValueAndGradient(network.to(parallel.device()))

    @torch.inference_mode()
    def __call__(self, tau: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        value, gradient = self._network(_tensor(laid_out(tau)), torch.tensor([k], device=parallel.device()))
        return value.cpu().numpy(), gradient.cpu().numpy().T


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values)).to(parallel.device())


def live_prior(network: DenoisingNetwork, config: PriorConfig, mean: np.ndarray, std: np.ndarray) -> Prior:
    """The prior that ``network`` is, on windows normalised by ``mean`` and ``std`` (57,)."""
    return Prior(
        denoiser=NetworkDenoiser(network, mean, std),
        schedule=Schedule.cosine(config.diffusion_steps),
        normalization=Normalization(mean, std),
        horizon=config.horizon,
    )


def live_resources(networks: Mapping[str, QuantityNetwork]) -> dict[str, Quantity]:
    """What an ``ObjectiveSchema`` needs of these networks."""
    return {resource: NetworkQuantity(networks[name]) for resource, name in READS.items() if name in networks}
