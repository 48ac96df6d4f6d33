"""`train slim`: what a run has learned without what only resuming needs, small enough to hand on.

A copy of it is a run: what was trained is used as it is, and what is missing, such as the data, is made anew. So a
shipped planner can be finetuned for another robot or other physics without training a prior first. A planner that was
itself trained interactively is the prior of the slim run, with the learned quantities and the odometer that suit it.
"""

import argparse
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

import torch

from diffusion_mpc_ros.training import odometry, prior, refresh, reward_models, teacher
from diffusion_mpc_ros.training.checkpoint import read_checkpoint
from diffusion_mpc_ros.training.demonstrator import PLAIN, STYLED
from diffusion_mpc_ros.training.rounds import read_best
from diffusion_mpc_ros.training.settings import SettingsError
from diffusion_mpc_ros.training.sources import PRIOR, add_source_argument, interactive_checkpoint
from diffusion_mpc_ros.training.stage import SETTINGS, add_run_argument
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS

log = logging.getLogger(__name__)

POLICY = ("actor_state_dict", "critic_state_dict", "iteration")
NETWORK = ("average", "step")


def checkpoints(run: Path, source: str) -> Mapping[str, tuple[Path, tuple[str, ...]]]:
    """By name in the slim run: the checkpoint of ``run`` that it comes from, and what is kept of it."""
    return {
        f"demonstrator/{PLAIN}": (run / "demonstrator" / PLAIN, POLICY),
        f"demonstrator/{STYLED}": (run / "demonstrator" / STYLED, POLICY),
        f"teacher/{teacher.CHECKPOINT}": (run / "teacher" / teacher.CHECKPOINT, POLICY),
        f"prior/{prior.CHECKPOINT}": (run / PRIOR / prior.CHECKPOINT, (*NETWORK, "mean", "std")),
        f"rewards/{reward_models.CHECKPOINT}": (refresh.checkpoint_of(run, source), NETWORK),
        f"odometry/{odometry.CHECKPOINT}": (odometry.checkpoint_of(run, source), (*NETWORK, "width")),
    }


def slim(run: Path, directory: Path, source: str = PRIOR) -> None:
    """Write what ``run`` has learned into ``directory``, the denoiser of the stage ``source`` as its prior.

    Raises:
        SettingsError: it has learned nothing, or no prior, whose place a denoiser of ``source`` takes.
        FileNotFoundError: ``source`` was not run.
    """
    every = checkpoints(run, source)
    found = [name for name, (path, _) in every.items() if path.exists()]
    if not found:
        raise SettingsError(f"{run}: expected a run with checkpoints, such as {next(iter(every))}, got none")
    trained = None if source == PRIOR else read_best(interactive_checkpoint(run, source))
    if trained is not None and f"prior/{prior.CHECKPOINT}" not in found:
        raise SettingsError(f"{run}: expected a prior whose place the denoiser of {source} takes, got none")
    for name in found:
        origin, kept = every[name]
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        state = read_checkpoint(origin)
        if trained is not None and origin.parent.name == PRIOR:
            state["average"] |= {f"module.{key}": values for key, values in trained["network"].items()}
            state |= {name: trained[name] for name in ("mean", "std")}
        torch.save({key: state[key] for key in kept if key in state}, path)
        for note in (SETTINGS, reward_models.ERRORS):
            if (beside := origin.with_name(note)).exists():
                shutil.copyfile(beside, path.with_name(note))
    log.info("%s: %s", directory, ", ".join(found))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_argument(parser)
    parser.add_argument("--output", type=Path, required=True, help="directory to write")
    add_source_argument(parser)


def run(args: argparse.Namespace) -> int:
    slim(args.run, args.output, args.source)
    return 0
