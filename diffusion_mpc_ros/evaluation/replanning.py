"""`evaluate replanning`: what planning more often is worth, in nominal physics, under Table I and under pushes.

Robots walk under the paper's time-line, under plans that are made more and more often, and under plans that act at
once: any plan, one likely plan, or that of several which goes on with the plan before. All face the same robots,
commands and pushes.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.closed_loop.commands import COMMANDS, command_text
from diffusion_mpc_ros.closed_loop.rollout import rollout
from diffusion_mpc_ros.closed_loop.score import score
from diffusion_mpc_ros.evaluation.options import add_model_arguments, positive, sized
from diffusion_mpc_ros.evaluation.timelines import AT_ONCE, COHERENT, EVERY_FOURTH, LIKELY, OURS, PAPER, Timeline
from diffusion_mpc_ros.planning.manifest import BundleError
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.robot.spec import SETUP
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import NOMINAL, REAL, TABLE_I, Randomization
from diffusion_mpc_ros.training.progress import training_progress

USER_ERRORS = (BundleError,)
CONDITIONS: Mapping[str, Randomization] = {"nominal": NOMINAL, "table_i": TABLE_I, "pushed": REAL.only("pushes")}
TIMELINES: Mapping[str, Timeline] = {
    "paper's: D=3, every 8 ticks": Timeline(PAPER),
    "D=1, every 4 ticks": Timeline(EVERY_FOURTH),
    "ours: D=1, every tick": Timeline(OURS),
    "D=0, every tick": Timeline(AT_ONCE),
    "D=0, one likely plan": Timeline(AT_ONCE, LIKELY),
    "D=0, 16 candidates": Timeline(AT_ONCE, {**COHERENT, "sampler.candidates": 16}),
}


@dataclass(frozen=True)
class ReplanningConfig:
    """Size of the experiment: robots of each command, control ticks, repetitions."""

    envs: int = 64
    steps: int = 500
    seeds: int = 3
    threads: int = 1


QUICK = ReplanningConfig(envs=2, steps=60, seeds=1)


def evaluate(
    bundle: ModelBundle, config: ReplanningConfig, progress: Callable[[int, str], None]
) -> list[dict[str, Any]]:
    """A row for each condition, time-line, command and seed; ``velocity_error`` is None where nobody survived."""
    groups = np.repeat(np.arange(len(COMMANDS)), config.envs)
    commands = np.array(COMMANDS)[groups]
    rows: list[dict[str, Any]] = []
    done = 0
    for condition, physics in CONDITIONS.items():
        for name, timeline in TIMELINES.items():
            for seed in range(config.seeds):
                robot = BatchedGo2(len(commands), physics, np.random.default_rng([seed, 91]))
                driver = timeline.driver(bundle, np.random.default_rng([seed, 92]), config.threads)
                scores = score(rollout(robot, driver, commands, config.steps), commands, groups)
                rows += [
                    {
                        "planner": name,
                        "condition": condition,
                        "command": list(command),
                        "seed": seed,
                        "survival": each.survival,
                        "velocity_error": None if np.isnan(each.velocity_error) else each.velocity_error,
                    }
                    for command, each in zip(COMMANDS, scores, strict=True)
                ]
                done += 1
                progress(done, f"{condition}, {name}")
    return rows


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each condition and planner: survival, and E_v by command, means over the seeds."""
    result = []
    for condition, planner in dict.fromkeys((row["condition"], row["planner"]) for row in rows):
        own = [row for row in rows if (row["condition"], row["planner"]) == (condition, planner)]
        errors: dict[str, list[float]] = {}
        for row in own:
            if row["velocity_error"] is not None:
                errors.setdefault(command_text(row["command"]), []).append(row["velocity_error"])
        everything = [value for values in errors.values() for value in values]
        result.append(
            {
                "condition": condition,
                "planner": planner,
                "survival": float(np.mean([row["survival"] for row in own])),
                "velocity_error": {command: float(np.mean(values)) for command, values in errors.items()},
                "mean_velocity_error": float(np.mean(everything)) if everything else None,
            }
        )
    return result


def print_summary(cells: list[dict[str, Any]]) -> None:
    """The summary as a table on stdout."""
    names = [command_text(command) for command in COMMANDS]
    table = Table(title="Replanning: survival, and velocity deviation E_v by command")
    for column in ("condition", "planner", "survival", *names, "mean"):
        table.add_column(column, justify="right")
    for cell in cells:
        errors = (f"{cell['velocity_error'][name]:.1%}" if name in cell["velocity_error"] else "-" for name in names)
        mean = "-" if cell["mean_velocity_error"] is None else f"{cell['mean_velocity_error']:.1%}"
        table.add_row(cell["condition"], cell["planner"], f"{cell['survival']:.1%}", *errors, mean)
    Console().print(table)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    parser.add_argument("--envs", type=positive, help=f"robots of each command (default {ReplanningConfig.envs})")
    parser.add_argument("--steps", type=positive, help=f"control ticks (default {ReplanningConfig.steps})")
    parser.add_argument("--seeds", type=positive, help=f"repetitions (default {ReplanningConfig.seeds})")
    parser.add_argument("--quick", action="store_true", help="a size that only shows that it works")
    parser.add_argument("--json", type=Path, help="write the figures here")


def run(args: argparse.Namespace) -> int:
    directory = model_directory(args.model)
    config = sized(args, QUICK if args.quick else ReplanningConfig())
    bundle = ModelBundle.load(directory, SETUP)
    with training_progress("replanning", len(CONDITIONS) * len(TIMELINES) * config.seeds) as progress:
        rows = evaluate(bundle, config, progress)
    cells = summary(rows)
    print_summary(cells)
    if args.json is not None:
        write_json(args.json, {"rows": rows, "summary": cells, "model": directory.name, **vars(config)})
    return 0
