"""`train all`: every stage, end to end, from nothing to a model bundle; resumes where it was killed."""

import argparse
import json
import logging
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.training import collect, demonstrator, export, odometry, prior, reward_models
from diffusion_mpc_ros.training.settings import read_settings
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.stage import settings_path

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    export.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    stages: dict[str, Callable[[argparse.Namespace], int]] = {
        "demonstrator": demonstrator.run,
        "collect": collect.run,
        "prior": prior.run,
        "rewards": reward_models.run,
        "odometry": odometry.run,
        "export": export.run,
    }
    record = args.run / "train.json"
    wall_s: dict[str, float] = json.loads(record.read_text())["wall_s"] if record.exists() else {}
    for name, stage in stages.items():
        log.info("stage %s", name)
        began = time.monotonic()
        stage(args)
        wall_s[name] = round(wall_s.get(name, 0.0) + time.monotonic() - began, 1)
        write_json(record, {"wall_s": wall_s, "settings": read_settings(settings_path(args))})
    table = Table("stage", "wall time", title=f"Training in {args.run}")
    for name, seconds in wall_s.items():
        table.add_row(name, f"{seconds / 60:.1f} min")
    Console().print(table)
    return 0
