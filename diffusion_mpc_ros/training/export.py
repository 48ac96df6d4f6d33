"""`train export`: a model bundle that the robot can load, from the averaged prior.

The bundle is the ONNX graph of the denoiser and a manifest with everything that has to agree before it may drive
a robot (``planning/manifest.py``).
"""

import argparse
import dataclasses
import json
import logging
from pathlib import Path
from typing import Any

import torch
from torch import nn

from diffusion_mpc_ros.planning.manifest import MANIFEST_NAME, SCHEDULE_KIND, Manifest, sha256_of
from diffusion_mpc_ros.planning.onnx_models import DENOISER_NAME, ModelBundle
from diffusion_mpc_ros.planning.trajectory import WIDTH
from diffusion_mpc_ros.provenance import git_revision
from diffusion_mpc_ros.robot.spec import SETUP
from diffusion_mpc_ros.training.prior import CHECKPOINT, PriorConfig, PriorTrainer
from diffusion_mpc_ros.training.settings import SettingsError
from diffusion_mpc_ros.training.stage import SETTINGS, Stage, add_stage_arguments, open_stage
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS

log = logging.getLogger(__name__)

OPSET = 18
STAGES = ("demonstrator", "collect", "prior")
"""Stages whose settings a bundle tells."""


def export_denoiser(network: nn.Module, horizon: int, path: Path) -> None:
    """Write the network as an ONNX graph: ``tau`` (M, H, 57) and ``k`` (1,) to ``tau_0`` (M, H, 57), M free."""
    torch.onnx.export(
        network.eval(),
        (torch.zeros(2, horizon, WIDTH), torch.ones(1, dtype=torch.int64)),
        str(path),
        input_names=["tau", "k"],
        output_names=["tau_0"],
        dynamic_shapes={"tau": {0: torch.export.Dim("M")}, "k": None},
        opset_version=OPSET,
        external_data=False,
        verbose=False,
    )


def export_bundle(config: PriorConfig, stage: Stage, directory: Path, training: dict[str, Any]) -> Path:
    """Export the run's prior into ``directory`` and load it back. Returns the directory."""
    trainer = PriorTrainer(config)
    checkpoint = stage.run / "prior" / CHECKPOINT
    state = torch.load(checkpoint, weights_only=True)
    if state["step"] < config.steps:
        raise SettingsError(f"{checkpoint}: expected {config.steps} steps of training, got {state['step']}; train on")
    trainer.average.load_state_dict(state["average"])
    directory.mkdir(parents=True, exist_ok=True)
    graph = directory / DENOISER_NAME
    export_denoiser(trainer.average.module, config.horizon, graph)
    Manifest(
        name=directory.name,
        files={DENOISER_NAME: sha256_of(graph)},
        horizon=config.horizon,
        kp=SETUP.kp,
        kd=SETUP.kd,
        stand_pose=SETUP.stand_pose,
        normalization={name: tuple(float(v) for v in state[name]) for name in ("mean", "std")},
        schedule={"kind": SCHEDULE_KIND, "steps": config.diffusion_steps},
        training=training,
        git_revision=git_revision(),
        results={},
    ).write(directory / MANIFEST_NAME)
    ModelBundle.load(directory, SETUP)
    log.info("exported %s", directory)
    return directory


def record_results(directory: Path, results: dict[str, Any]) -> None:
    """Write measured closed-loop results into a bundle's manifest."""
    manifest = Manifest.read(directory / MANIFEST_NAME)
    dataclasses.replace(manifest, results=results).write(directory / MANIFEST_NAME)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)
    parser.add_argument("--model", type=Path, help="directory of the bundle (default: RUN/model)")


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, "prior", PriorConfig)
    directory = args.model or args.run / "model"
    training = {name: json.loads((args.run / name / SETTINGS).read_text()) for name in STAGES}
    export_bundle(config, stage, directory, training)
    return 0
