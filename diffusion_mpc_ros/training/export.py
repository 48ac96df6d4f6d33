"""`train export`: a model bundle that the robot can load, from the averaged prior.

The bundle is the ONNX graph of the denoiser, that of the demonstrator it imitates (for comparison; no robot loads it)
and a manifest with everything that has to agree before it may drive a robot (``planning/manifest.py``).
"""

import argparse
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
from diffusion_mpc_ros.training import demonstrator
from diffusion_mpc_ros.training.policy import INPUT_WIDTH, POLICY_NAME
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


def export_policy(network: nn.Module, path: Path) -> None:
    """Write the demonstrator's network as an ONNX graph: ``policy_input`` (N, 46) to ``policy_output`` (N, 12)."""
    torch.onnx.export(
        network.eval(),
        (torch.zeros(2, INPUT_WIDTH),),
        str(path),
        input_names=["policy_input"],
        output_names=["policy_output"],
        dynamic_shapes=({0: torch.export.Dim("N")},),
        opset_version=OPSET,
        external_data=False,
        verbose=False,
    )


def export_bundle(config: PriorConfig, stage: Stage, directory: Path, training: dict[str, Any]) -> Path:
    """Export the run's prior and demonstrator into ``directory`` and load it back. Returns the directory."""
    trainer = PriorTrainer(config)
    checkpoint = stage.run / "prior" / CHECKPOINT
    state = torch.load(checkpoint, weights_only=True)
    if state["step"] < config.steps:
        raise SettingsError(f"{checkpoint}: expected {config.steps} steps of training, got {state['step']}; train on")
    trainer.average.load_state_dict(state["average"])
    directory.mkdir(parents=True, exist_ok=True)
    export_denoiser(trainer.average.module, config.horizon, directory / DENOISER_NAME)
    policy = demonstrator.Demonstrator(stage.run / "demonstrator" / demonstrator.CHECKPOINT)
    export_policy(policy.network, directory / POLICY_NAME)
    Manifest(
        name=directory.name,
        files={name: sha256_of(directory / name) for name in (DENOISER_NAME, POLICY_NAME)},
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)
    parser.add_argument("--model", type=Path, help="directory of the bundle (default: RUN/model)")


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, "prior", PriorConfig)
    directory = args.model or args.run / "model"
    training = {name: json.loads((args.run / name / SETTINGS).read_text()) for name in STAGES}
    export_bundle(config, stage, directory, training)
    return 0
