"""`evaluate finetuning`: what interactive training is worth (Tables III and V).

Models walk forward under the deployed planner at the speeds of Table III: under Table I, under each of its ranges alone
and under those that the robot brings beside it, over rough ground and up and down slopes, there also with the objective
that adapts to the incline. All models face the same robots. The first model is the one to compare with.

Walks that were done already are kept beside the result, and not done again.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.closed_loop.deployed_objective import deployed_objective, preset
from diffusion_mpc_ros.closed_loop.rollout import DeployedPlanner, rollout
from diffusion_mpc_ros.closed_loop.score import score
from diffusion_mpc_ros.evaluation.finetuning_figure import save_figure
from diffusion_mpc_ros.evaluation.options import add_result_arguments, figure_path, positive, sized
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.journal import Journal, JournalError
from diffusion_mpc_ros.planning.manifest import BundleError
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.parameter_file import ParameterFileError
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.robot.spec import LIMITS, SETUP
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import NOMINAL, REAL, TABLE_I, Randomization
from diffusion_mpc_ros.training.progress import training_progress


class ModelsError(ValueError):
    """Models that cannot be told apart."""


USER_ERRORS = (BundleError, JournalError, ModelsError, ObjectiveError, ParameterFileError)
SPEEDS = (0.5, 0.7, 1.0)
"""Forward commands of Table III, m/s."""
SLOPE = float(np.deg2rad(15))
ADAPTIVE = "slope"
"""The objective that adapts to the incline: config/objectives/slope.yaml."""


@dataclass(frozen=True)
class Condition:
    """What robots walk under, and what they are planned for beside the command: a preset, or nothing."""

    randomization: Randomization
    objective: str | None = None


def _conditions() -> dict[str, Condition]:
    slopes = {
        f"slope_{name}": replace(NOMINAL, slope_x=(incline, incline))
        for name, incline in (("up", SLOPE), ("down", -SLOPE))
    }
    return {
        "nominal": Condition(NOMINAL),
        "table_i": Condition(TABLE_I),
        "real": Condition(REAL),
        **{axis: Condition(REAL.only(axis)) for axis in REAL.axes if axis not in ("terrain", "slope")},
        "slippery": Condition(replace(NOMINAL, friction=(0.2, 0.2))),
        "rough_4cm": Condition(replace(NOMINAL, roughness=(0.04, 0.04))),
        **{name: Condition(slope) for name, slope in slopes.items()},
        **{f"{name}_adaptive": Condition(slope, ADAPTIVE) for name, slope in slopes.items()},
    }


CONDITIONS: Mapping[str, Condition] = _conditions()


@dataclass(frozen=True)
class FinetuningConfig:
    """Size of the evaluation."""

    envs: int = 256
    """Robots of each speed."""
    steps: int = 1000
    seeds: int = 3
    conditions: tuple[str, ...] = tuple(CONDITIONS)
    threads: int = 1
    """Of the planner."""


QUICK = FinetuningConfig(envs=4, steps=60, seeds=1, conditions=("nominal", "table_i", "rough_4cm", "slope_up_adaptive"))


def evaluate(
    models: Mapping[str, ModelBundle], config: FinetuningConfig, journal: Journal, progress: Callable[[int, str], None]
) -> list[dict[str, Any]]:
    """Every condition, model and seed: a row for each speed, ``velocity_error`` None where nobody survived.

    What ``journal`` knows is looked up there.
    """
    rows: list[dict[str, Any]] = []
    done = 0
    for name in config.conditions:
        for model, bundle in models.items():
            objective = _objective(bundle, CONDITIONS[name])
            for seed in range(config.seeds):
                trial = {
                    "files": dict(bundle.manifest.files),
                    "physics": asdict(CONDITIONS[name]),
                    "envs": config.envs,
                    "steps": config.steps,
                    "seed": seed,
                }
                if trial not in journal:
                    journal.add(trial, figures=walk(bundle, objective, CONDITIONS[name], config, seed))
                rows += [
                    {"model": model, "condition": name, "speed": speed, "seed": seed, **figures}
                    for speed, figures in zip(SPEEDS, journal[trial]["figures"], strict=True)
                ]
                done += 1
                progress(done, f"{name}, {model}, seed {seed}: {rows[-1]['survival']:.1%} at {SPEEDS[-1]:g} m/s")
    return rows


def walk(
    bundle: ModelBundle, objective: Objective, condition: Condition, config: FinetuningConfig, seed: int
) -> list[dict[str, Any]]:
    """Survival and velocity deviation of one model at each speed; the same robots for every model."""
    groups = np.repeat(np.arange(len(SPEEDS)), config.envs)
    commands = np.array([(speed, 0.0, 0.0) for speed in SPEEDS])[groups]
    robot = BatchedGo2(len(commands), condition.randomization, np.random.default_rng([seed, 71]))
    planner = Planner(bundle, np.random.default_rng([seed, 72]), config.threads)
    driver = DeployedPlanner(planner, objective, ControllerConfig())
    scores = score(rollout(robot, driver, commands, config.steps), commands, groups)
    return [
        {
            "survival": each.survival,
            "velocity_error": None if np.isnan(each.velocity_error) else each.velocity_error,
        }
        for each in scores
    ]


def _objective(bundle: ModelBundle, condition: Condition) -> Objective:
    schema = ObjectiveSchema.of(LIMITS, bundle.schedule.num_steps, bundle.resources)
    return deployed_objective(schema, preset(condition.objective) if condition.objective else {})


def summary(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """For each condition, speed and model: means over the seeds, and how far these spread (max less min)."""
    cells: dict[tuple[str, float, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        cells.setdefault((row["condition"], row["speed"], row["model"]), []).append(row)
    result = []
    for (condition, speed, model), members in cells.items():
        survival = np.array([row["survival"] for row in members])
        errors = np.array([row["velocity_error"] for row in members if row["velocity_error"] is not None])
        result.append(
            {
                "condition": condition,
                "speed": speed,
                "model": model,
                "survival": float(survival.mean()),
                "survival_spread": float(np.ptp(survival)),
                "velocity_error": float(errors.mean()) if len(errors) else None,
                "velocity_error_spread": float(np.ptp(errors)) if len(errors) else None,
            }
        )
    return result


def print_summary(cells: Sequence[Mapping[str, Any]], models: Sequence[str]) -> None:
    """The table of conditions and speeds, models side by side, on stdout."""
    table = Table(title="Finetuning: survival and velocity deviation E_v")
    for column in ("condition", "speed", *models):
        table.add_column(column, justify="right")
    by_cell = {(cell["condition"], cell["speed"], cell["model"]): cell for cell in cells}
    for condition, speed in dict.fromkeys((cell["condition"], cell["speed"]) for cell in cells):
        table.add_row(condition, f"{speed:g} m/s", *(_text(by_cell[condition, speed, model]) for model in models))
    Console().print(table)


def _text(cell: Mapping[str, Any]) -> str:
    error = "-" if cell["velocity_error"] is None else f"{cell['velocity_error']:.1%}"
    return f"{cell['survival']:.1%} / {error}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--models",
        nargs="+",
        default=["walk"],
        help="bundles, the one without finetuning first: names in models/, or paths with a slash (default: walk)",
    )
    parser.add_argument("--threads", type=positive, default=2, help="threads of the planner")
    parser.add_argument("--envs", type=positive, help=f"robots of each speed (default {FinetuningConfig.envs})")
    parser.add_argument("--steps", type=positive, help=f"control ticks (default {FinetuningConfig.steps})")
    parser.add_argument("--seeds", type=positive, help=f"repetitions (default {FinetuningConfig.seeds})")
    parser.add_argument("--conditions", nargs="+", choices=tuple(CONDITIONS), metavar="CONDITION", help="default: all")
    parser.add_argument("--quick", action="store_true", help="a size that only shows that it works")
    add_result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    config = sized(args, QUICK if args.quick else FinetuningConfig())
    models = {}
    for directory in map(model_directory, args.models):
        if directory.name in models:
            raise ModelsError(f"--models: expected bundles of different names, got {directory.name} twice; rename one")
        models[directory.name] = ModelBundle.load(directory, SETUP)
    count = len(config.conditions) * len(models) * config.seeds
    journal = Journal(None if args.json is None else args.json.with_suffix(".trials.jsonl"), ("figures",))
    with training_progress("finetuning", count) as progress:
        rows = evaluate(models, config, journal, progress)
    cells = summary(rows)
    print_summary(cells, list(models))
    if args.json is not None:
        document = {"rows": rows, "summary": cells, "models": list(models), "revisions": journal.revisions}
        write_json(args.json, {**document, **vars(config)})
    figure = figure_path(args)
    if figure is not None:
        save_figure(figure, cells, list(models))
    return 0
