"""One plan's work, by us and by plain PyTorch: what `bench` times."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from diffusion_mpc_ros.closed_loop.deployed_objective import deployed_objective
from diffusion_mpc_ros.evaluation.peers.temporal_unet import TemporalUNet
from diffusion_mpc_ros.evaluation.peers.torch_rewards import all_terms
from diffusion_mpc_ros.evaluation.peers.torch_sampler import TorchSampler
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.onnx_models import DENOISER_NAME, ModelBundle
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.planning.trajectory import ACTION, GRAVITY, JOINT_POSITION, PREVIOUS_ACTION, STATE_DIM, WIDTH
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, LIMITS, SETUP, STAND_POSE
from diffusion_mpc_ros.training.denoising_network import DenoisingNetwork
from diffusion_mpc_ros.training.prior import PriorConfig, build_network

OUR_NETWORK, UNET = "conditioned_mlp", "temporal_unet"
ANALYTIC = (
    *("posture", "range", "joint_velocity", "joint_acceleration", "action_rate"),
    *("align", "smooth", "leg_velocity_share", "leg_posture_share", "velocity_tracking"),
)
"""Every built-in analytic term that does not depend on the ground."""
WEIGHT = 0.01
NEURAL = {"base_height.weight": 1000.0}


@dataclass(frozen=True)
class Work:
    """What is planned, and by whom.

    Attributes:
        implementation: ours or pytorch.
        network: OUR_NETWORK or UNET.
        candidates, steps: N and the reverse steps.
        cache: m, reverse steps saved by the plan before; 0 is off.
        guidance: none, analytic (all of ANALYTIC) or neural (one learned term).
        threads: that may be used.
    """

    implementation: str
    network: str
    candidates: int
    steps: int = 10
    cache: int = 0
    guidance: str = "none"
    threads: int = 2


@dataclass(frozen=True)
class Planned:
    """A plan to be made over and over, and the operations of its network's matrix products (0 if not counted)."""

    plan: Callable[[], object]
    operations: float


def standing() -> np.ndarray:
    """Observation (45,) of a robot that stands."""
    observation = np.zeros(STATE_DIM, np.float32)
    observation[GRAVITY] = 0.0, 0.0, -1.0
    observation[JOINT_POSITION] = observation[PREVIOUS_ACTION] = STAND_POSE
    return observation


def ours(directory: Path, work: Work) -> Planned:
    """The deployed planner: mechanical limits, speed limits, and the guidance asked for."""
    bundle = ModelBundle.load(directory, SETUP)
    schema = ObjectiveSchema.of(LIMITS, bundle.schedule.num_steps, bundle.resources)
    weights = {"none": {}, "analytic": {f"{name}.weight": WEIGHT for name in ANALYTIC}, "neural": NEURAL}[work.guidance]
    sampling = {"sampler.candidates": work.candidates, "sampler.steps": work.steps, "cache.steps": work.cache}
    limits = {"constraints.joint_velocity.enabled": True}
    objective = deployed_objective(schema, {**weights, **sampling, **limits})
    planner = Planner(bundle, np.random.default_rng(0), work.threads)
    observation = standing()[None]
    operations = 2.0 * matrix_weights(directory / DENOISER_NAME) * work.candidates * (work.steps - work.cache)
    return Planned(lambda: planner.plan(observation, objective, tick=0), operations)


def matrix_weights(graph: Path) -> int:
    """Weights in the matrix products of an ONNX graph but for those that are zero: products of one trajectory."""
    constants = (numpy_helper.to_array(item) for item in onnx.load(graph).graph.initializer)
    return sum(int(np.count_nonzero(each)) for each in constants if each.ndim == 2 and min(each.shape) > 1)


def peer(directory: Path, work: Work) -> Planned:
    """Plain PyTorch on the same bounds; the networks' weights are random, as times do not depend on them."""
    torch.set_num_threads(work.threads)
    bundle = ModelBundle.load(directory, SETUP)
    horizon, num_steps = bundle.horizon, bundle.schedule.num_steps
    mean, std = (torch.from_numpy(np.array(values)) for values in vars(bundle.normalization).values())
    network: nn.Module
    if work.network == UNET:
        network = TemporalUNet(horizon, WIDTH, num_steps)
    else:
        settings = bundle.manifest.training["prior"]
        sizes = {name: settings[name] for name in ("width", "blocks", "encoder_width")}
        network = WholeWindow(build_network(PriorConfig(horizon=horizon, diffusion_steps=num_steps, **sizes)))
    lower, upper = torch.full((2, horizon, WIDTH), torch.inf)
    lower = -lower
    for columns in (JOINT_POSITION, ACTION):
        lower[:, columns] = torch.from_numpy(JOINT_LOWER).float()
        upper[:, columns] = torch.from_numpy(JOINT_UPPER).float()
    sampler = TorchSampler(network.eval(), mean, std, lower, upper, horizon, num_steps)
    s0, stand = torch.from_numpy(standing()), torch.from_numpy(STAND_POSE).float()
    low, high = torch.from_numpy(JOINT_LOWER).float(), torch.from_numpy(JOINT_UPPER).float()

    def reward(tau: Tensor) -> Tensor:
        return WEIGHT * torch.stack(list(all_terms(tau, stand, low, high).values())).sum(dim=0)

    guided = reward if work.guidance == "analytic" else None
    return Planned(lambda: sampler(s0, work.candidates, work.steps, guided), 0.0)


class WholeWindow(nn.Module):
    """Our network as a denoiser of whole windows, the first state and what follows from it included."""

    def __init__(self, network: DenoisingNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, tau: Tensor, k: Tensor) -> Tensor:
        """tau (M, H, 57) at levels k (M,)."""
        flat = tau.transpose(1, 2).flatten(1).clone()
        flat[:, self.network.index] = self.network(tau, k)
        return flat.unflatten(1, (WIDTH, tau.shape[1])).transpose(1, 2)
