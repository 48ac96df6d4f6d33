"""What every training command shares: its arguments, its seed and where its files go."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from diffusion_mpc_ros.resources import resource_directory
from diffusion_mpc_ros.training.settings import read_settings, section

T = TypeVar("T")

DEFAULT_RUN = Path("runs/default")


@dataclass(frozen=True)
class Stage:
    """One stage of a training run."""

    directory: Path
    """Holds the stage's checkpoint and TensorBoard curves."""
    seed: int
    run: Path
    """The run's directory: stages read each other's results below it."""


def add_stage_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of every training command."""
    parser.add_argument("--run", type=Path, default=DEFAULT_RUN, help="directory of the run (default: %(default)s)")
    parser.add_argument("--config", type=Path, help="settings file (default: config/training/default.yaml)")
    parser.add_argument("--quick", action="store_true", help="tiny settings that only show that everything runs")


def settings_path(args: argparse.Namespace) -> Path:
    """The settings file that the arguments choose."""
    if args.config is not None:
        return args.config
    return resource_directory("config") / "training" / ("quick.yaml" if args.quick else "default.yaml")


def open_stage(args: argparse.Namespace, name: str, kind: type[T]) -> tuple[T, Stage]:
    """The settings of stage ``name`` and the stage itself, its directory made."""
    settings = read_settings(settings_path(args))
    stage = Stage(args.run / name, int(settings.get("seed", 1)), args.run)
    stage.directory.mkdir(parents=True, exist_ok=True)
    return section(settings, name, kind), stage
