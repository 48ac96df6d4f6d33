"""Networks in training as the planner's prior: what is rolled out is planned with as it would be on the robot."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from diffusion_mpc_ros.planning.denoiser import Estimator, Prior
from diffusion_mpc_ros.planning.layout import empty_batch, laid_out
from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.quantity import Quantity
from diffusion_mpc_ros.planning.rewards.learned import READS
from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.planning.unknown import BLOCKS, Completion
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
        self._complete = Completion(Normalization(mean, std), network.horizon)

    @torch.inference_mode()
    def given(self, s0: np.ndarray, candidates: int) -> Estimator:
        """See ``Denoiser``."""
        denoiser = DeployedDenoiser(self._network, *self._statistics)
        hidden, offset = DeployedEncoder(self._network, *self._statistics)(_tensor(s0))
        hidden, offset = hidden.repeat_interleave(candidates, dim=2), offset.repeat_interleave(candidates, dim=1)

        @torch.inference_mode()
        def estimate(tau: np.ndarray, k: int) -> np.ndarray:
            window, tau_0 = laid_out(tau), empty_batch(len(tau), self._network.horizon)
            blocks = (_tensor(window[columns]).flatten(0, 1) for columns in BLOCKS.values())
            clean = denoiser(*blocks, list(hidden[k - 1]), offset[k - 1])
            self._complete(clean.cpu().numpy(), window, tau_0.T)
            return tau_0

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
