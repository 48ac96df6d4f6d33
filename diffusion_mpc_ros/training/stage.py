"""What every training command shares: its arguments, its seed and where its files go."""

import argparse
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from diffusion_mpc_ros.resources import resource_directory
from diffusion_mpc_ros.training.settings import SettingsError, read_settings, section

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

USER_ERRORS = (SettingsError, FileNotFoundError)
"""What goes wrong in a stage by its user's doing: settings, or a stage before it that was not run."""
DEFAULT_RUN = Path("runs/default")
SETTINGS = "settings.json"
"""What a stage was begun with, in its directory."""


@dataclass(frozen=True)
class Stage:
    """One stage of a training run."""

    directory: Path
    """Holds the stage's checkpoint and TensorBoard curves."""
    seed: int
    run: Path
    """The run's directory: stages read each other's results below it."""


def add_run_argument(parser: argparse.ArgumentParser) -> None:
    """The run that a command is about."""
    parser.add_argument("--run", type=Path, default=DEFAULT_RUN, help="directory of the run (default: %(default)s)")


def add_stage_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of every command that trains."""
    add_run_argument(parser)
    parser.add_argument("--config", type=Path, help="settings file (default: config/training/default.yaml)")
    parser.add_argument("--quick", action="store_true", help="tiny settings that only show that everything runs")


def settings_path(args: argparse.Namespace) -> Path:
    """The settings file that the arguments choose."""
    if args.config is not None:
        return args.config
    return resource_directory("config") / "training" / ("quick.yaml" if args.quick else "default.yaml")


def open_stage(args: argparse.Namespace, name: str, kind: type[T], settings_of: str | None = None) -> tuple[T, Stage]:
    """The settings of stage ``name``, or of the one whose settings it shares, and the stage itself, its directory made.

    Raises:
        SettingsError: unusable settings, or others than those that the stage was begun with.
    """
    settings = read_settings(settings_path(args))
    stage = Stage(args.run / name, int(settings.get("seed", 1)), args.run)
    config = section(settings, settings_of or name, kind)
    stage.directory.mkdir(parents=True, exist_ok=True)
    _hold_to(stage.directory / SETTINGS, {"seed": stage.seed, **asdict(config)})
    return config, stage


def _hold_to(path: Path, settings: dict[str, Any]) -> None:
    """Note the settings a stage begins with; refuse to resume it with others."""
    text = json.dumps(settings, indent=2)
    if not path.exists():
        partial = path.with_suffix(f".{os.getpid()}")  # processes of one training begin it together
        partial.write_text(text)
        partial.replace(path)
    begun, now = json.loads(path.read_text()), json.loads(text)
    changed = [f"{name} was {begun.get(name)}, is {now.get(name)}" for name in now if begun.get(name) != now[name]]
    if changed:
        raise SettingsError(f"{path}: the stage was begun with other settings: {'; '.join(changed)}; use another --run")
