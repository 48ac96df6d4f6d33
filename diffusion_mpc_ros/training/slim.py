"""`train slim`: what a run has learned without what only resuming needs, small enough to hand on.

A copy of it is a run: what was trained is used as it is, and what is missing, such as the data, is made anew. So a
shipped planner can be finetuned for another robot or other physics without training a prior first.
"""

import argparse
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

import torch

from diffusion_mpc_ros.training import odometry, prior, reward_models, teacher
from diffusion_mpc_ros.training.checkpoint import read_checkpoint
from diffusion_mpc_ros.training.demonstrator import PLAIN, STYLED
from diffusion_mpc_ros.training.settings import SettingsError
from diffusion_mpc_ros.training.stage import SETTINGS, add_run_argument
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS

log = logging.getLogger(__name__)

POLICY = ("actor_state_dict", "critic_state_dict", "iteration")
NETWORK = ("average", "step")
CHECKPOINTS: Mapping[str, tuple[str, ...]] = {
    f"demonstrator/{PLAIN}": POLICY,
    f"demonstrator/{STYLED}": POLICY,
    f"teacher/{teacher.CHECKPOINT}": POLICY,
    f"prior/{prior.CHECKPOINT}": (*NETWORK, "mean", "std"),
    f"rewards/{reward_models.CHECKPOINT}": NETWORK,
    f"odometry/{odometry.CHECKPOINT}": (*NETWORK, "width"),
}
"""What is kept of each checkpoint."""


def slim(run: Path, directory: Path) -> None:
    """Write what ``run`` has learned into ``directory``.

    Raises:
        SettingsError: it has learned nothing.
    """
    found = [name for name in CHECKPOINTS if (run / name).exists()]
    if not found:
        raise SettingsError(f"{run}: expected a run with checkpoints, such as {next(iter(CHECKPOINTS))}, got none")
    for name in found:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        state = read_checkpoint(run / name)
        torch.save({key: state[key] for key in CHECKPOINTS[name] if key in state}, path)
        for note in (SETTINGS, reward_models.ERRORS):
            if (source := (run / name).with_name(note)).exists():
                shutil.copyfile(source, path.with_name(note))
    log.info("%s: %s", directory, ", ".join(found))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_argument(parser)
    parser.add_argument("--output", type=Path, required=True, help="directory to write")


def run(args: argparse.Namespace) -> int:
    slim(args.run, args.output)
    return 0
