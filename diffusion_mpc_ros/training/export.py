"""`train export`: a model bundle that the robot can load, from averaged weights.

The bundle is the ONNX graph of the denoiser, one for each learned quantity, that of the demonstrator (for comparison;
no robot loads it) and a manifest with everything that has to agree before it may drive a robot
(``planning/manifest.py``).
"""

import argparse
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from diffusion_mpc_ros.planning.manifest import MANIFEST_NAME, SCHEDULE_KIND, Manifest, sha256_of
from diffusion_mpc_ros.planning.onnx_models import DENOISER_NAME, ModelBundle, quantity_file
from diffusion_mpc_ros.planning.trajectory import WIDTH
from diffusion_mpc_ros.provenance import git_revision
from diffusion_mpc_ros.robot.spec import SETUP
from diffusion_mpc_ros.training import demonstrator, prior, reward_models
from diffusion_mpc_ros.training.policy import INPUT_WIDTH, POLICY_NAME
from diffusion_mpc_ros.training.prior import PriorConfig, build_network
from diffusion_mpc_ros.training.quantity_network import QuantityNetwork, ValueAndGradient
from diffusion_mpc_ros.training.reward_models import RewardModelConfig, build_networks
from diffusion_mpc_ros.training.rounds import load_best
from diffusion_mpc_ros.training.stage import SETTINGS, Stage, add_stage_arguments, open_stage
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.trainer import load_trained

log = logging.getLogger(__name__)

OPSET = 18
STAGES = ("demonstrator", "collect", "prior", "rewards")
"""Stages whose settings a bundle tells."""
SOURCES = ("prior", "finetune", "scratch")
"""Stages that train a denoiser."""


def export_denoiser(network: nn.Module, horizon: int, path: Path) -> None:
    """Write the network as an ONNX graph: ``tau`` (M, H, 57) and ``k`` (1,) to ``tau_0`` (M, H, 57), M free."""
    _export(network, _window(horizon), ["tau_0"], path)


def export_quantity(network: QuantityNetwork, horizon: int, path: Path) -> None:
    """Write f and its derivative: ``tau`` (M, H, 57), ``k`` (1,) to ``value`` (M,), ``gradient`` (M, H, 57), M free."""
    _export(ValueAndGradient(network), _window(horizon), ["value", "gradient"], path)


def export_policy(network: nn.Module, path: Path) -> None:
    """Write the demonstrator's network as an ONNX graph: ``policy_input`` (M, 49) to ``policy_output`` (M, 12)."""
    _export(network, {"policy_input": torch.zeros(2, INPUT_WIDTH)}, ["policy_output"], path)


def _window(horizon: int) -> dict[str, Tensor]:
    return {"tau": torch.zeros(2, horizon, WIDTH), "k": torch.ones(1, dtype=torch.int64)}


def _export(network: nn.Module, inputs: Mapping[str, Tensor], outputs: Sequence[str], path: Path) -> None:
    """Write a graph whose first input may have any number of rows."""
    torch.onnx.export(
        network.eval(),
        tuple(inputs.values()),
        str(path),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_shapes=({0: torch.export.Dim("M")}, *[None] * (len(inputs) - 1)),
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
    source: str = "prior",
) -> Path:
    """Export the run's networks into ``directory`` and load it back. Returns the directory.

    The denoiser is that of the stage ``source``; the learned quantities are the refreshed ones where a planner that
    was trained interactively has any. A run from scratch has no demonstrator.
    """
    revision = git_revision()  # read before the bundle's own files make the tree differ from it
    denoiser, networks = build_network(config), build_networks(rewards, config)
    if source == "prior":
        state = load_trained(denoiser, stage.run / "prior" / prior.CHECKPOINT, config.steps)
    else:
        state = load_best(denoiser, stage.run / source / f"{source}.pt")
    learned = stage.run / ("refresh" if source != "prior" and (stage.run / "refresh").exists() else "rewards")
    load_trained(nn.ModuleDict(networks), learned / reward_models.CHECKPOINT, rewards.steps)
    directory.mkdir(parents=True, exist_ok=True)
    files = [DENOISER_NAME, *(quantity_file(name) for name in networks)]
    export_denoiser(denoiser, config.horizon, directory / DENOISER_NAME)
    taught = stage.run / "demonstrator" / demonstrator.CHECKPOINT
    if taught.exists():
        export_policy(demonstrator.Demonstrator(taught).network, directory / POLICY_NAME)
        files.append(POLICY_NAME)
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
        quantities=_held_out_errors(learned / reward_models.ERRORS),
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
    parser.add_argument(
        "--from", dest="source", choices=SOURCES, default="prior", help="stage of the denoiser (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, "prior", PriorConfig)
    rewards, _ = open_stage(args, "rewards", RewardModelConfig)
    directory = args.model or args.run / "model"
    source = args.source
    settings = {name: args.run / name / SETTINGS for name in (*STAGES, source)}
    training = {name: json.loads(path.read_text()) for name, path in settings.items() if path.exists()}
    export_bundle(config, rewards, stage, directory, training, source)
    return 0
