"""`evaluate response`: how soon a robot that runs forward at 0.8 m/s runs backward at 0.8 m/s (section VI-B4).

Planners without a cache, with one, and with one that is never refreshed, by our time-line and by the paper's. Physics
is nominal; the command jumps at a random phase of each robot's gait.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.closed_loop.rollout import rollout
from diffusion_mpc_ros.evaluation.options import add_model_arguments, add_result_arguments, figure_path, positive, sized
from diffusion_mpc_ros.evaluation.response_figure import save_figure
from diffusion_mpc_ros.evaluation.timelines import CACHED, NEVER_REFRESHED, OURS, PAPER, Timeline
from diffusion_mpc_ros.planning.manifest import BundleError
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.robot.spec import SETUP
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import NOMINAL
from diffusion_mpc_ros.training.progress import training_progress

USER_ERRORS = (BundleError,)
SPEED = 0.8
"""m/s, forward and then backward."""
TOLERANCE = 0.2
"""How close to the new command a robot's speed has to come, m/s."""
STRIDE_TICKS = round(0.5 / DT)
"""Within which the command jumps."""
RUN_S, REACT_S = 2.0, 3.0
"""Time before the jump, and after it."""
TIMELINES: Mapping[str, Timeline] = {
    "ours": Timeline(OURS),
    "ours, m=7, refreshed": Timeline(OURS, CACHED),
    "ours, m=7, never refreshed": Timeline(OURS, NEVER_REFRESHED),
    "paper's": Timeline(PAPER),
    "paper's, m=7, refreshed": Timeline(PAPER, CACHED),
    "paper's, m=7, never refreshed": Timeline(PAPER, NEVER_REFRESHED),
}


@dataclass(frozen=True)
class ResponseConfig:
    """Size of the experiment: robots of a planner and seed, repetitions."""

    envs: int = 256
    seeds: int = 3
    threads: int = 1


QUICK = ResponseConfig(envs=4, seeds=1)


@dataclass(frozen=True)
class Response:
    """N robots from the jump of their command on.

    Attributes:
        speed: (T, N) forward, m/s.
        alive: (N,) who never fell.
    """

    speed: np.ndarray
    alive: np.ndarray


def respond(bundle: ModelBundle, timeline: Timeline, config: ResponseConfig, seed: int) -> Response:
    """Run robots forward, and backward from a moment of each one's own."""
    generator = np.random.default_rng([seed, 81])
    jumps = round(RUN_S / DT) + generator.integers(STRIDE_TICKS, size=config.envs)
    after = round(REACT_S / DT)
    robot = BatchedGo2(config.envs, NOMINAL, np.random.default_rng([seed, 82]))
    driver = timeline.driver(bundle, np.random.default_rng([seed, 83]), config.threads)
    commands = np.tile((SPEED, 0.0, 0.0), (config.envs, 1))
    speeds = []
    for number, tick in enumerate(rollout(robot, driver, commands, int(jumps.max()) + after), start=1):
        speeds.append(tick.velocity[:, 0])
        commands[jumps == number, 0] = -SPEED  # seen at the tick that comes
    rows = jumps + np.arange(after)[:, None]
    return Response(np.take_along_axis(np.array(speeds), rows, axis=0), tick.alive)


def row(name: str, responses: list[Response]) -> dict[str, Any]:
    """The figures of one planner, of all robots that never fell.

    ``followed_s``: time after which the mean over the robots stays within TOLERANCE of the new command; None if never.
    ``turned_s``: time after which the mean is backward.
    ``speed_after``: mean speed over the last second, m/s.
    """
    speed = np.concatenate([each.speed[:, each.alive] for each in responses], axis=1)
    alive = np.concatenate([each.alive for each in responses])
    mean = speed.mean(axis=1)
    off = np.flatnonzero(np.abs(mean + SPEED) > TOLERANCE)
    followed = 0 if len(off) == 0 else int(off[-1]) + 1
    turned = np.flatnonzero(mean < 0.0)
    return {
        "planner": name,
        "robots": len(alive),
        "survival": float(alive.mean()),
        "turned_s": None if len(turned) == 0 else float(turned[0] * DT),
        "followed_s": None if followed == len(mean) else float(followed * DT),
        "speed_after": float(mean[-round(1.0 / DT) :].mean()),
        "mean_speed": mean.round(3).tolist(),
    }


def evaluate(bundle: ModelBundle, config: ResponseConfig, progress: Callable[[int, str], None]) -> list[dict[str, Any]]:
    """A row for each of TIMELINES; all face the same jumps."""
    rows = []
    for done, (name, timeline) in enumerate(TIMELINES.items(), start=1):
        rows.append(row(name, [respond(bundle, timeline, config, seed) for seed in range(config.seeds)]))
        progress(done, name)
    return rows


def print_rows(rows: list[dict[str, Any]]) -> None:
    """The rows as a table on stdout."""
    table = Table(title=f"Response to a jump of the command from {SPEED:g} to {-SPEED:g} m/s")
    for column in ("planner", "backward after", "followed after", "speed after", "survival"):
        table.add_column(column, justify="right")
    for each in rows:
        times = ("never" if each[name] is None else f"{each[name]:.2f} s" for name in ("turned_s", "followed_s"))
        table.add_row(each["planner"], *times, f"{each['speed_after']:+.2f} m/s", f"{each['survival']:.1%}")
    Console().print(table)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    parser.add_argument("--envs", type=positive, help=f"robots (default {ResponseConfig.envs})")
    parser.add_argument("--seeds", type=positive, help=f"repetitions (default {ResponseConfig.seeds})")
    parser.add_argument("--quick", action="store_true", help="a size that only shows that it works")
    add_result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    directory = model_directory(args.model)
    config = sized(args, QUICK if args.quick else ResponseConfig())
    bundle = ModelBundle.load(directory, SETUP)
    with training_progress("response", len(TIMELINES)) as progress:
        rows = evaluate(bundle, config, progress)
    print_rows(rows)
    if args.json is not None:
        write_json(args.json, {"rows": rows, "model": directory.name, **vars(config)})
    figure = figure_path(args)
    if figure is not None:
        save_figure(figure, rows, SPEED)
    return 0
