"""`evaluate height`: the trunk lowered and raised again while walking (Fig. 4), by the base height term alone.

The planner is asked for 0.25 m, then for 0.18 m, then for 0.25 m again. Its training data holds walks at either height,
and none that goes from one to the other.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console

from diffusion_mpc_ros.closed_loop.deployed_objective import deployed_objective, preset
from diffusion_mpc_ros.closed_loop.rollout import DeployedPlanner, rollout
from diffusion_mpc_ros.evaluation.height_figure import save_figure
from diffusion_mpc_ros.evaluation.options import add_model_arguments, add_result_arguments, figure_path, positive, sized
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.manifest import BundleError, fault
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.parameter_file import ParameterFileError
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.robot.spec import LIMITS, SETUP
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import NOMINAL
from diffusion_mpc_ros.training.progress import training_progress

USER_ERRORS = (BundleError, ObjectiveError, ParameterFileError)
COMMAND = (0.5, 0.0, 0.0)
"""v_x, v_y in m/s and yaw rate in rad/s."""
TARGETS = (0.25, 0.18, 0.25)
"""Heights asked for one after the other, m."""
PRESET = "low_crawl"
"""config/objectives/low_crawl.yaml: how strongly heights are asked for."""
TOLERANCE = 0.015
"""How close to its target a height has to come, m."""
STRIDE_TICKS = round(0.5 / DT)
"""A height counts as reached when its mean over the stride that follows is close: the trunk bounces within one."""
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class HeightConfig:
    """Size of the experiment."""

    envs: int = 64
    seed: int = 0
    hold_s: float = 6.0
    """Time each height is asked for, s; it is judged over the last third."""
    threads: int = 1
    """Of the planner."""


QUICK = HeightConfig(envs=4, hold_s=3.0)


@dataclass(frozen=True)
class Walk:
    """Robots that were asked for each of TARGETS for a third of T ticks."""

    height: np.ndarray  # (T, N) of the trunk, m
    speed: np.ndarray  # (T, N) forward, m/s
    alive: np.ndarray  # (N,) who never fell


def evaluate(
    prior: Prior, objectives: list[Objective], config: HeightConfig, progress: Callable[[int, str], None]
) -> Walk:
    """Walk robots under one objective after the other."""
    robot = BatchedGo2(config.envs, NOMINAL, np.random.default_rng([config.seed, 51]))
    planner = Planner(prior, np.random.default_rng([config.seed, 52]), config.threads)
    controller = DeployedPlanner(planner, objectives[0], ControllerConfig())
    commands = np.tile(COMMAND, (config.envs, 1))
    hold = round(config.hold_s / DT)
    height, speed = np.zeros((2, hold * len(objectives), config.envs))
    for done, tick in enumerate(rollout(robot, controller, commands, hold * len(objectives)), start=1):
        height[done - 1], speed[done - 1] = robot.height(), tick.velocity[:, 0]
        alive = tick.alive
        if done % hold == 0 and done < hold * len(objectives):
            controller.objective = objectives[done // hold]
            progress(done, f"{robot.height().mean():.3f} m")
    return Walk(height, speed, alive)


def score(walk: Walk) -> dict[str, Any]:
    """The figures of the experiment.

    ``reached_s``: time from asking for the low height until the slowest robot has it, s; None if one never has.
    ``steady_error_m``: mean distance of the robots' own mean heights from the low target, over the last third.
    ``returned``: share of the robots whose mean height is close to the last target over the last third.
    ``speed``: mean forward speed at each target, m/s.
    """
    _, low, high = np.split(walk.height, len(TARGETS))
    settled = slice(-(len(low) // 3), None)
    reached = reached_tick(low, TARGETS[1])
    return {
        "reached_s": None if (reached < 0).any() else float(reached.max() * DT),
        "steady_error_m": float(np.abs(low[settled].mean(axis=0) - TARGETS[1]).mean()),
        "survival": float(walk.alive.mean()),
        "returned": float((walk.alive & (np.abs(high[settled].mean(axis=0) - TARGETS[2]) <= TOLERANCE)).mean()),
        "speed": [float(each.mean()) for each in np.split(walk.speed, len(TARGETS))],
    }


def reached_tick(heights: np.ndarray, target: float) -> np.ndarray:
    """First tick (N,) from which heights (T, N) in m average to the target over a stride; -1 where there is none."""
    total = np.concatenate([np.zeros((1, heights.shape[1])), np.cumsum(heights, axis=0)])
    mean = (total[STRIDE_TICKS:] - total[:-STRIDE_TICKS]) / STRIDE_TICKS
    close = np.abs(mean - target) <= TOLERANCE
    return np.where(close.any(axis=0), close.argmax(axis=0), -1)


def series(heights: np.ndarray) -> dict[str, Any]:
    """Target, mean and quantiles of the heights (T, N) over time, ten times a second."""
    every = slice(None, None, round(0.1 / DT))
    targets = np.repeat(TARGETS, len(heights) // len(TARGETS))
    return {
        "time_s": (np.arange(len(heights)) * DT)[every].round(3).tolist(),
        "target_m": targets[every].tolist(),
        "mean_m": heights.mean(axis=1)[every].round(4).tolist(),
        **{
            f"p{100 * share:02.0f}_m": np.quantile(heights, share, axis=1)[every].round(4).tolist()
            for share in QUANTILES
        },
    }


def height_objectives(bundle: ModelBundle) -> list[Objective]:
    """An objective for each of TARGETS.

    Raises:
        BundleError: the bundle does not know its height.
    """
    if "base_height" not in bundle.quantities:
        raise BundleError(fault("quantities", "base_height", ", ".join(bundle.quantities) or "none"))
    schema = ObjectiveSchema.of(LIMITS, bundle.schedule.num_steps, bundle.resources)
    return [
        deployed_objective(schema, {**preset(PRESET), "base_height.target": target}, revision)
        for revision, target in enumerate(TARGETS)
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    parser.add_argument("--envs", type=positive, help=f"robots (default {HeightConfig.envs})")
    parser.add_argument("--seed", type=int, help=f"of everything random (default {HeightConfig.seed})")
    parser.add_argument("--quick", action="store_true", help="a size that only shows that it works")
    add_result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    directory = model_directory(args.model)
    config = sized(args, QUICK if args.quick else HeightConfig())
    bundle = ModelBundle.load(directory, SETUP)
    objectives = height_objectives(bundle)
    with training_progress("height", round(config.hold_s / DT) * len(TARGETS)) as progress:
        walk = evaluate(bundle, objectives, config, progress)
    figures = score(walk)
    Console().print("\n".join(f"{name}: {value}" for name, value in figures.items()))
    if args.json is not None:
        write_json(args.json, {**figures, "series": series(walk.height), "model": directory.name, **vars(config)})
    figure = figure_path(args)
    if figure is not None:
        save_figure(figure, walk.height, TARGETS, TOLERANCE)
    return 0
