"""`evaluate walking`: does the robot walk where it is told to, nominally and under Table I (paper, Table III)?

The deployed planner is run asynchronously on batches of simulated robots, each command for many environments at once,
with the demonstrator that it imitates beside it.
"""

import argparse
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.closed_loop.commands import COMMANDS
from diffusion_mpc_ros.closed_loop.deployed_objective import deployed_objective
from diffusion_mpc_ros.closed_loop.rollout import Controller, DeployedPlanner, rollout
from diffusion_mpc_ros.closed_loop.score import Score, score
from diffusion_mpc_ros.evaluation.demonstrator import DemonstratorController
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.planning.manifest import MANIFEST_NAME, BundleError, Manifest
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.robot.spec import LIMITS, SETUP
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import NOMINAL, TABLE_I, Randomization
from diffusion_mpc_ros.training.progress import training_progress

USER_ERRORS = (BundleError,)
CONDITIONS: dict[str, Randomization] = {"nominal": NOMINAL, "randomized": TABLE_I}


@dataclass(frozen=True)
class WalkingConfig:
    """Size of the evaluation."""

    num_envs: int = 256
    steps: int = 1000
    seeds: int = 3


def evaluate(
    controllers: dict[str, Callable[[int], Controller]], config: WalkingConfig, progress: Callable[[int, str], None]
) -> dict[str, list[dict[str, Any]]]:
    """All conditions, controllers (built from a seed: ``planner``, ``demonstrator``) and seeds: rows by condition."""
    groups = np.repeat(np.arange(len(COMMANDS)), config.num_envs)
    commands = np.array(COMMANDS)[groups]
    report = {}
    done = 0
    for condition, randomization in CONDITIONS.items():
        scores: dict[str, list[list[Score]]] = {name: [] for name in controllers}
        for name, build in controllers.items():
            for seed in range(config.seeds):
                robot = BatchedGo2(len(commands), randomization, np.random.default_rng([seed, 11]))
                scores[name].append(score(rollout(robot, build(seed), commands, config.steps), commands, groups))
                done += 1
                progress(done, f"{condition} {name} seed {seed}")
        report[condition] = [
            {
                "command": list(command),
                "speed": float(np.linalg.norm(command)),
                **_summary([by_command[index] for by_command in scores["planner"]]),
                "demonstrator": _summary([by_command[index] for by_command in scores["demonstrator"]]),
            }
            for index, command in enumerate(COMMANDS)
        ]
    return report


def _summary(scores: list[Score]) -> dict[str, Any]:
    return {
        "survival": float(np.mean([s.survival for s in scores])),
        "velocity_error": float(np.nanmean([s.velocity_error for s in scores])),
        "mean_velocity": np.nanmean([s.mean_velocity for s in scores], axis=0).tolist(),
        "seeds": [{"survival": s.survival, "velocity_error": s.velocity_error} for s in scores],
    }


def _figures(report: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Survival and E_v of the planner by condition and command, for a manifest."""
    return {
        condition: [{name: row[name] for name in ("command", "survival", "velocity_error")} for row in rows]
        for condition, rows in report.items()
    }


def print_report(report: dict[str, list[dict[str, Any]]]) -> None:
    """The report as a table on stdout."""
    table = Table(title="Walking: survival and velocity deviation E_v")
    for column in ("condition", "command", "survival", "E_v", "mean velocity", "demonstrator"):
        table.add_column(column, justify="right")
    for condition, rows in report.items():
        for row in rows:
            other = row["demonstrator"]
            table.add_row(
                condition,
                " ".join(f"{v:g}" for v in row["command"]),
                f"{row['survival']:.1%}",
                f"{row['velocity_error']:.1%}",
                " ".join(f"{v:+.2f}" for v in row["mean_velocity"]),
                f"{other['survival']:.1%}  {other['velocity_error']:.1%}",
            )
    Console().print(table)


def planner_controllers(bundle: ModelBundle, objective: Objective, threads: int) -> Callable[[int], Controller]:
    """Builds the deployed planner for a seed."""

    def build(seed: int) -> Controller:
        planner = Planner(bundle, np.random.default_rng([seed, 12]), threads)
        return DeployedPlanner(planner, objective, ControllerConfig())

    return build


def run_evaluation(directory: Path, config: WalkingConfig, threads: int) -> dict[str, list[dict[str, Any]]]:
    """Evaluate a bundle, and the demonstrator that it imitates beside it."""
    bundle = ModelBundle.load(directory, SETUP)
    demonstrator = DemonstratorController(directory, bundle)
    schema = ObjectiveSchema.of(LIMITS, bundle.schedule.num_steps, bundle.resources)
    controllers = {
        "planner": planner_controllers(bundle, deployed_objective(schema), threads),
        "demonstrator": lambda seed: demonstrator,
    }
    runs = len(CONDITIONS) * len(controllers) * config.seeds
    with training_progress("walking", runs) as progress:
        return evaluate(controllers, config, progress)


def record_results(directory: Path, results: dict[str, Any]) -> None:
    """Write measured closed-loop results into a bundle's manifest."""
    manifest = Manifest.read(directory / MANIFEST_NAME)
    dataclasses.replace(manifest, results=results).write(directory / MANIFEST_NAME)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", default="walk", help="bundle: name in models/, or path with a slash (default: %(default)s)"
    )
    parser.add_argument("--envs", type=int, default=WalkingConfig.num_envs, help="environments for each command")
    parser.add_argument("--steps", type=int, default=WalkingConfig.steps, help="control ticks of an episode")
    parser.add_argument("--seeds", type=int, default=WalkingConfig.seeds, help="independent repetitions")
    parser.add_argument("--threads", type=int, default=2, help="threads of the planner")
    parser.add_argument("--json", type=Path, help="write the report here")
    parser.add_argument("--record", action="store_true", help="write the results into the bundle's manifest")


def run(args: argparse.Namespace) -> int:
    directory = model_directory(args.model)
    config = WalkingConfig(args.envs, args.steps, args.seeds)
    report = run_evaluation(directory, config, args.threads)
    print_report(report)
    if args.json is not None:
        write_json(args.json, {**report, "model": directory.name, "envs": args.envs, "steps": args.steps})
    if args.record:
        record_results(directory, {"walking": _figures(report)})
    return 0
