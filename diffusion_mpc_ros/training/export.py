"""`train export`: a model bundle that the robot can load, from averaged weights.

The bundle is the ONNX graph of the denoiser, one for each learned quantity, the odometer's, that of the plain
demonstrator (for comparison; no robot loads it) and a manifest with everything that has to agree before it may drive a
robot (``planning/manifest.py``).
"""

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from diffusion_mpc_ros.planning.manifest import MANIFEST_NAME, SCHEDULE_KIND, Manifest, sha256_of
from diffusion_mpc_ros.planning.onnx_models import (
    DENOISER_NAME,
    ENCODER_NAME,
    ODOMETER_NAME,
    ModelBundle,
    quantity_file,
)
from diffusion_mpc_ros.planning.trajectory import STATE_DIM, WIDTH
from diffusion_mpc_ros.planning.unknown import BLOCKS
from diffusion_mpc_ros.provenance import git_revision
from diffusion_mpc_ros.robot.spec import SETUP
from diffusion_mpc_ros.training import demonstrator, odometry, refresh, reward_models
from diffusion_mpc_ros.training.denoising_network import DenoisingNetwork
from diffusion_mpc_ros.training.deployed_network import DeployedDenoiser, DeployedEncoder
from diffusion_mpc_ros.training.policy import INPUT_WIDTH, POLICY_NAME
from diffusion_mpc_ros.training.prior import PriorConfig
from diffusion_mpc_ros.training.quantity_network import QuantityNetwork, ValueAndGradient
from diffusion_mpc_ros.training.reward_models import RewardModelConfig, build_networks
from diffusion_mpc_ros.training.sources import PRIOR, add_source_argument, load_denoiser
from diffusion_mpc_ros.training.stage import SETTINGS, Stage, add_stage_arguments, open_stage
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.trainer import load_trained

log = logging.getLogger(__name__)

OPSET = 18
STAGES = ("demonstrator", "collect", "prior", "rewards", "odometry")
"""Stages whose settings a bundle tells; those of an interactively trained planner are told besides."""


def export_denoiser(network: DenoisingNetwork, mean: Tensor, std: Tensor, directory: Path) -> None:
    """Write encoder and denoiser as the graphs that ``planning/onnx_graphs.py`` describes."""
    encoder, denoiser = DeployedEncoder(network, mean, std), DeployedDenoiser(network, mean, std)
    s0 = torch.zeros(2, STATE_DIM)
    _export(encoder, {"s0": s0}, ["hidden", "offset"], directory / ENCODER_NAME, {"s0": 0})
    window, (hidden, offset) = _window(network.horizon), encoder(s0)
    blocks = {name: window[columns].flatten(0, 1) for name, columns in BLOCKS.items()}
    inputs = {**blocks, "hidden": list(hidden[0].detach()), "offset": offset[0].detach()}
    free = {**dict.fromkeys(blocks, 1), "hidden": 0, "offset": 0}
    _export(denoiser, inputs, ["clean"], directory / DENOISER_NAME, free)
    _let_one_tell_all(directory / DENOISER_NAME)


def _let_one_tell_all(path: Path) -> None:
    """Free what the denoiser is told of coming for each trajectory: that of one robot is broadcast to all.

    PyTorch exports only shapes that it can prove. The shapes it noted within the graph are removed, too, since
    onnxruntime plans its memory by them.
    """
    model = onnx.load(path)
    for value in model.graph.input:
        if value.name not in BLOCKS:
            (free,) = (size for size in value.type.tensor_type.shape.dim if size.dim_param)
            free.dim_param = "T"
    del model.graph.value_info[:]
    onnx.save(model, path)


def export_quantity(network: QuantityNetwork, horizon: int, path: Path) -> None:
    """Write f and its derivative as the graph that ``planning/onnx_graphs.py`` describes."""
    inputs = {"tau": _window(horizon), "k": torch.ones(1, dtype=torch.int64)}
    _export(ValueAndGradient(network), inputs, ["value", "gradient"], path, {"tau": 2})


def export_odometer(network: nn.Module, path: Path) -> None:
    """Write the odometer as the graph that ``planning/onnx_graphs.py`` describes."""
    _export(network, {"observation": torch.zeros(2, STATE_DIM)}, ["velocity"], path, {"observation": 0})


def export_policy(network: nn.Module, path: Path) -> None:
    """Write the plain demonstrator's network as a graph: ``policy_input`` (M, 49) to ``policy_output`` (M, 12)."""
    _export(network, {"policy_input": torch.zeros(2, INPUT_WIDTH)}, ["policy_output"], path, {"policy_input": 0})


def _window(horizon: int) -> Tensor:
    return torch.zeros(WIDTH, horizon, 2)


def _export(
    network: nn.Module,
    inputs: Mapping[str, Tensor | list[Tensor]],
    outputs: Sequence[str],
    path: Path,
    free: Mapping[str, int],
) -> None:
    """Write a graph; ``free`` tells which axis of an input may have any length, the same for all of these.

    A list of tensors becomes the inputs ``name_0``, ``name_1``, and so on.
    """
    count = torch.export.Dim("M")
    names: list[str] = []
    shapes: list[Any] = []
    for name, values in inputs.items():
        shape = {free[name]: count} if name in free else None
        several = isinstance(values, list)
        names += [f"{name}_{index}" for index in range(len(values))] if several else [name]
        shapes.append([shape] * len(values) if several else shape)
    torch.onnx.export(
        network.eval(),
        tuple(inputs.values()),
        str(path),
        input_names=names,
        output_names=list(outputs),
        dynamic_shapes=tuple(shapes),
        opset_version=OPSET,
        external_data=False,
        verbose=False,
    )


def export_bundle(
    config: PriorConfig,
    rewards: RewardModelConfig,
    stage: Stage,
    directory: Path,
    training: dict[str, Any],
    source: str = PRIOR,
) -> Path:
    """Export the run's networks into ``directory`` and load it back. Returns the directory.

    The denoiser is that of the stage ``source``; the learned quantities are the refreshed ones where a planner that
    was trained interactively has any. A run from scratch has no demonstrator. The odometer comes along if there is one:
    that of the same planner's walks before that of the prior's.
    """
    revision = git_revision()  # read before the bundle's own files make the tree differ from it
    denoiser, state = load_denoiser(stage.run, source, config)
    networks = build_networks(rewards, config)
    learned = refresh.checkpoint_of(stage.run, source)
    load_trained(nn.ModuleDict(networks), learned, rewards.steps)
    directory.mkdir(parents=True, exist_ok=True)
    files = [ENCODER_NAME, DENOISER_NAME, *(quantity_file(name) for name in networks)]
    export_denoiser(denoiser, state["mean"], state["std"], directory)
    taught = stage.run / "demonstrator" / demonstrator.PLAIN
    if taught.exists():
        export_policy(demonstrator.Demonstrator(taught).network, directory / POLICY_NAME)
        files.append(POLICY_NAME)
    measured = odometry.checkpoint_of(stage.run, source)
    if measured.exists():
        export_odometer(odometry.load_odometer(measured), directory / ODOMETER_NAME)
        files.append(ODOMETER_NAME)
    for name, network in networks.items():
        export_quantity(network, config.horizon, directory / quantity_file(name))
    Manifest(
        name=directory.name,
        files={name: sha256_of(directory / name) for name in files},
        horizon=config.horizon,
        kp=SETUP.kp,
        kd=SETUP.kd,
        stand_pose=SETUP.stand_pose,
        normalization={name: tuple(float(v) for v in state[name]) for name in ("mean", "std")},
        schedule={"kind": SCHEDULE_KIND, "steps": config.diffusion_steps},
        training=training,
        git_revision=revision,
        results={},
        quantities=_held_out_errors(learned.with_name(reward_models.ERRORS)),
        odometer=json.loads((measured.parent / odometry.ERRORS).read_text())["errors"] if measured.exists() else {},
    ).write(directory / MANIFEST_NAME)
    ModelBundle.load(directory, SETUP)
    log.info("exported %s", directory)
    return directory


def _held_out_errors(path: Path) -> dict[str, Any]:
    """Unit and error by level of each quantity, from what ``train rewards`` reports."""
    report = json.loads(path.read_text())["quantities"]
    return {
        name: {"unit": errors["unit"], "rmse": {int(level): rmse for level, rmse in errors["rmse"].items()}}
        for name, errors in report.items()
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)
    parser.add_argument("--model", type=Path, help="directory of the bundle (default: RUN/model)")
    add_source_argument(parser)


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, "prior", PriorConfig)
    rewards, _ = open_stage(args, "rewards", RewardModelConfig)
    directory = args.model or args.run / "model"
    source = args.source
    stages = STAGES if source == PRIOR else (*STAGES, "teacher", source, refresh.NAME, odometry.stage_name(source))
    settings = {name: args.run / name / SETTINGS for name in stages}
    training = {name: json.loads(path.read_text()) for name, path in settings.items() if path.exists()}
    export_bundle(config, rewards, stage, directory, training, source)
    return 0
