"""`evaluate posture`: the rear calves led towards extension and flexion while walking (section VI-B1, Fig. 2, 3).

Robots walk forward under the presets rear_legs_straight and rear_legs_flexed, and without planning.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.closed_loop.deployed_objective import preset
from diffusion_mpc_ros.evaluation.measures import REAR_CALVES, SETTLING, TRACKING, EpisodeError, Outcome, measured
from diffusion_mpc_ros.evaluation.motion import Motion
from diffusion_mpc_ros.evaluation.options import add_model_arguments, add_result_arguments, figure_path, positive, sized
from diffusion_mpc_ros.evaluation.posture_figure import save_figure
from diffusion_mpc_ros.evaluation.trials import Laboratory, Trial
from diffusion_mpc_ros.planning.manifest import BundleError
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError
from diffusion_mpc_ros.planning.parameter_file import ParameterFileError
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.training.progress import training_progress

USER_ERRORS = (BundleError, EpisodeError, ObjectiveError, ParameterFileError)
PRESETS = {"none": None, "negative": "rear_legs_straight", "positive": "rear_legs_flexed"}
"""By the paper's name of the target; no planning first, as the others' tracking is relative to it."""
COMMAND = (0.5, 0.0, 0.0)
"""v_x, v_y in m/s and yaw rate in rad/s."""
SHOWN = round(2.0 / DT)
"""Ticks kept for the figure: the last ones."""


@dataclass(frozen=True)
class PostureConfig:
    """Size of the experiment: robots, control ticks, repetitions."""

    envs: int = 256
    steps: int = 500
    seeds: int = 3


QUICK = PostureConfig(envs=4, steps=SETTLING + SHOWN, seeds=1)


@dataclass(frozen=True)
class Walk:
    """Robots under one target.

    Attributes:
        outcome: tracking and survival.
        calves: (T, N, 2) angles of the rear calves, RR and RL, after settling, rad.
        poses: (SHOWN, 19) the last positions of one robot.
    """

    outcome: Outcome
    calves: np.ndarray
    poses: np.ndarray


def walk(laboratory: Laboratory, trial: Trial) -> Walk:
    """Run a trial and keep what is shown of it."""
    robot, episode = laboratory.start(trial)
    calves: list[np.ndarray] = []
    poses: list[np.ndarray] = []

    def watched(motions: Iterable[Motion]) -> Iterator[Motion]:
        for motion in motions:
            calves.append(motion.q[:, REAR_CALVES])
            poses.append(robot.qpos[0].copy())
            yield motion

    outcome = measured(watched(episode), TRACKING)
    return Walk(outcome, np.array(calves[SETTLING:]), np.array(poses[-SHOWN:]))


def evaluate(
    laboratory: Laboratory, config: PostureConfig, progress: Callable[[int, str], None]
) -> tuple[list[dict[str, Any]], dict[str, Walk]]:
    """The rows, target by target, and each target's first walk, to make pictures of."""
    walks: dict[str, list[Walk]] = {}
    for name, chosen in PRESETS.items():
        parameters = {} if chosen is None else preset(chosen)
        walks[name] = []
        for seed in range(config.seeds):
            walks[name].append(walk(laboratory, Trial(parameters, config.envs, config.steps, seed, COMMAND)))
            progress(sum(map(len, walks.values())), name)
    rows = [row(name, each, walks["none"]) for name, each in walks.items()]
    return rows, {name: each[0] for name, each in walks.items()}


def target(name: str) -> float | None:
    """The rear calves' target, rad; None without one."""
    chosen = PRESETS[name]
    return None if chosen is None else float(preset(chosen)["posture.target"][REAR_CALVES[0]])


def row(name: str, walks: list[Walk], reference: list[Walk]) -> dict[str, Any]:
    """One target: mean angle of the rear calves and its deviation over time, mean over the robots."""
    pairs = zip(walks, reference, strict=True)
    return {
        "target": name,
        "target_rad": target(name),
        "calf_mean_rad": float(np.mean([each.calves.mean() for each in walks])),
        "calf_std_rad": float(np.mean([each.calves.std(axis=0).mean() for each in walks])),
        "tracking": float(np.mean([each.outcome.tracking(other.outcome) for each, other in pairs])),
        "survival": float(np.mean([each.outcome.survival for each in walks])),
    }


def print_report(rows: list[dict[str, Any]]) -> None:
    """The rows as a table on stdout."""
    table = Table(title="Posture: rear calves under targets")
    for column in ("target", "rad", "mean", "std over time", "tracking", "survival"):
        table.add_column(column, justify="right")
    for each in rows:
        angle = "–" if each["target_rad"] is None else f"{each['target_rad']:.2f}"
        angles = (f"{each[name]:.3f}" for name in ("calf_mean_rad", "calf_std_rad"))
        table.add_row(each["target"], angle, *angles, f"{each['tracking']:.1%}", f"{each['survival']:.1%}")
    Console().print(table)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    parser.add_argument("--envs", type=positive, help=f"robots (default {PostureConfig.envs})")
    parser.add_argument("--steps", type=positive, help=f"control ticks of a walk (default {PostureConfig.steps})")
    parser.add_argument("--seeds", type=positive, help=f"repetitions (default {PostureConfig.seeds})")
    parser.add_argument("--quick", action="store_true", help="a size that only shows that it works")
    add_result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    directory = model_directory(args.model)
    config = sized(args, QUICK if args.quick else PostureConfig())
    laboratory = Laboratory(directory, args.threads)
    with training_progress("posture", len(PRESETS) * config.seeds) as progress:
        rows, walks = evaluate(laboratory, config, progress)
    print_report(rows)
    if args.json is not None:
        write_json(args.json, {"rows": rows, "model": directory.name, **vars(config)})
    figure = figure_path(args)
    if figure is not None:
        save_figure(figure, {name: (target(name), walks[name].calves, walks[name].poses) for name in PRESETS})
    return 0
