"""`evaluate balancing`: who withstands the pendulum of section VI-B1 (Table IV), with and without planning?

Robots that walk at 0.5 m/s are struck on a side of the trunk by 3.8 kg on a rod of 1.2 m, at random phases of the gait.
A trial fails when the robot falls or stays below 0.2 m/s for more than 2 s. Both planners face the same trials.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.closed_loop.deployed_objective import deployed_objective, preset
from diffusion_mpc_ros.closed_loop.rollout import DeployedPlanner
from diffusion_mpc_ros.evaluation.balancing_figure import save_figure
from diffusion_mpc_ros.evaluation.options import add_model_arguments, add_result_arguments, figure_path, positive, sized
from diffusion_mpc_ros.evaluation.strikes import Chances, Trials, strike
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.manifest import BundleError
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.parameter_file import ParameterFileError
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.robot.spec import LIMITS, SETUP
from diffusion_mpc_ros.simulation.pendulum import PendulumGo2, impact_speed
from diffusion_mpc_ros.simulation.randomization import TABLE_I
from diffusion_mpc_ros.training.progress import training_progress

USER_ERRORS = (BundleError, ObjectiveError, ParameterFileError)
RELEASES_DEG = (30, 60, 90, 120, 150)
"""Angles of the rod from hanging at the release, degrees: the paper's, and on to where robots fall without planning."""
PRESET = "balance"
"""The objective with planning: config/objectives/balance.yaml."""


@dataclass(frozen=True)
class BalancingConfig:
    """Size of the experiment."""

    trials: int = 200
    """Trials of each angle, planner and seed."""
    seeds: int = 3
    threads: int = 1
    """Of the planner."""


QUICK = BalancingConfig(trials=4, seeds=1)


def evaluate(
    prior: Prior, objectives: Mapping[bool, Objective], config: BalancingConfig, progress: Callable[[int, str], None]
) -> tuple[list[dict[str, Any]], Trials]:
    """Every angle, planner (``objectives`` by whether it plans, in that order) and seed.

    Returns:
        The rows, and the trials that came last, to make pictures of.
    """
    rows, done = [], 0
    for release_deg in RELEASES_DEG:
        for planning, objective in objectives.items():
            seeds = []
            for seed in range(config.seeds):
                trials = face(prior, objective, release_deg, config, seed)
                seeds.append(trials)
                done += 1
                progress(done, f"{release_deg} degrees, planning {planning}: {trials.success.mean():.1%}")
            rows.append(row(release_deg, planning, seeds))
    return rows, trials


def face(prior: Prior, objective: Objective, release_deg: int, config: BalancingConfig, seed: int) -> Trials:
    """``config.trials`` trials of one planner; the same robots, phases and sides for every objective."""
    num = config.trials
    chances = Chances.draw(num, np.random.default_rng([seed, release_deg, 41]))
    robot = PendulumGo2(num, TABLE_I, np.random.default_rng([seed, release_deg, 42]))
    planner = Planner(prior, np.random.default_rng([seed, release_deg, 43]), config.threads)
    controller = DeployedPlanner(planner, objective, ControllerConfig())
    return strike(robot, controller, np.deg2rad(release_deg), chances)


def row(release_deg: int, planning: bool, seeds: Sequence[Trials]) -> dict[str, Any]:
    """What one planner made of one angle, over all seeds."""
    success, hit, alive, stuck = (
        np.concatenate([getattr(trials, name) for trials in seeds]) for name in ("success", "hit", "alive", "stuck")
    )
    return {
        "release_deg": release_deg,
        "planning": planning,
        "trials": len(success),
        "success": float(success.mean()),
        "hit": float(hit.mean()),
        "fell": float((~alive).mean()),
        "stuck": float((alive & stuck).mean()),
        "impact_speed": impact_speed(np.deg2rad(release_deg)),
        "seeds": [float(trials.success.mean()) for trials in seeds],
    }


def print_rows(rows: list[dict[str, Any]]) -> None:
    """The rows as a table on stdout."""
    table = Table(title="Balancing: struck by a pendulum while walking")
    for column in ("release", "impact", "planning", "trials", "success", "fell", "stuck"):
        table.add_column(column, justify="right")
    for each in rows:
        table.add_row(
            f"{each['release_deg']} deg",
            f"{each['impact_speed']:.2f} m/s",
            "yes" if each["planning"] else "no",
            str(each["trials"]),
            *(f"{each[name]:.1%}" for name in ("success", "fell", "stuck")),
        )
    Console().print(table)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    parser.add_argument(
        "--trials", type=positive, help=f"of each angle, planner and seed (default {BalancingConfig.trials})"
    )
    parser.add_argument("--seeds", type=positive, help=f"repetitions (default {BalancingConfig.seeds})")
    parser.add_argument("--quick", action="store_true", help="a size that only shows that it works")
    add_result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    directory = model_directory(args.model)
    config = sized(args, QUICK if args.quick else BalancingConfig())
    bundle = ModelBundle.load(directory, SETUP)
    schema = ObjectiveSchema.of(LIMITS, bundle.schedule.num_steps, bundle.resources)
    objectives = {False: deployed_objective(schema), True: deployed_objective(schema, preset(PRESET))}
    count = len(RELEASES_DEG) * len(objectives) * config.seeds
    with training_progress("balancing", count) as progress:
        rows, last = evaluate(bundle, objectives, config, progress)
    print_rows(rows)
    if args.json is not None:
        write_json(args.json, {"rows": rows, "model": directory.name, "objective": preset(PRESET), **vars(config)})
    figure = figure_path(args)
    if figure is not None:
        save_figure(figure, rows, last)
    return 0
