"""`evaluate energy`: what walking at 0.6 m/s costs with and without the energy term (section VI-B1, Fig. 2).

Every robot walks as long as 100 m take at the commanded speed, under the preset energy_saver and without planning. The
cost of transport is the mechanical energy sum_j |torque_j dq_j| dt of the motors (section V-B3) over weight and
distance; all surviving robots' energy and distance are taken together.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.closed_loop.deployed_objective import preset
from diffusion_mpc_ros.evaluation.energy_figure import save_figure
from diffusion_mpc_ros.evaluation.measures import TRACKING, EpisodeError, Outcome, measured
from diffusion_mpc_ros.evaluation.motion import Motion
from diffusion_mpc_ros.evaluation.options import add_model_arguments, add_result_arguments, figure_path, positive, sized
from diffusion_mpc_ros.evaluation.trials import Laboratory, Trial
from diffusion_mpc_ros.planning.manifest import BundleError
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError
from diffusion_mpc_ros.planning.parameter_file import ParameterFileError
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.training.progress import training_progress

USER_ERRORS = (BundleError, EpisodeError, ObjectiveError, ParameterFileError)
PRESET = "energy_saver"
SPEED = 0.6
"""m/s, forward."""


@dataclass(frozen=True)
class EnergyConfig:
    """Size of the experiment: robots, distance at the commanded speed in m, repetitions."""

    envs: int = 256
    distance: float = 100.0
    seeds: int = 3

    @property
    def steps(self) -> int:
        """Control ticks of a walk."""
        return round(self.distance / (SPEED * DT))


QUICK = EnergyConfig(envs=4, distance=2.0, seeds=1)


@dataclass(frozen=True)
class Journey:
    """The robots that survived a walk.

    Attributes:
        outcome: tracking and survival.
        distance: (T,) walked forward since the start, mean over robots, m.
        energy: (T,) spent since the start, mean over robots, J.
        weight: of a robot, N.
    """

    outcome: Outcome
    distance: np.ndarray
    energy: np.ndarray
    weight: float

    @property
    def cost(self) -> float:
        """Cost of transport."""
        return float(self.energy[-1] / (self.weight * self.distance[-1]))


def walk(laboratory: Laboratory, trial: Trial) -> Journey:
    """Run a trial and add up its distance and energy."""
    robot, episode = laboratory.start(trial)
    speed: list[np.ndarray] = []
    power: list[np.ndarray] = []
    alive = np.ones(trial.envs, bool)

    def watched(motions: Iterable[Motion]) -> Iterator[Motion]:
        nonlocal alive
        for motion in motions:
            speed.append(motion.velocity[:, 0])
            power.append(motion.power)
            alive = motion.alive
            yield motion

    outcome = measured(watched(episode), TRACKING)
    distance, energy = (DT * np.cumsum(np.array(rate)[:, alive].mean(axis=1)) for rate in (speed, power))
    weight = float(robot.model.body_mass.sum() * np.linalg.norm(robot.model.opt.gravity))
    return Journey(outcome, distance, energy, weight)


def evaluate(
    laboratory: Laboratory, config: EnergyConfig, progress: Callable[[int, str], None]
) -> dict[str, list[Journey]]:
    """The journeys without (``off``) and with the energy term (``on``), seed by seed."""
    journeys: dict[str, list[Journey]] = {"off": [], "on": []}
    for name, parameters in {"off": {}, "on": preset(PRESET)}.items():
        for seed in range(config.seeds):
            trial = Trial(parameters, config.envs, config.steps, seed, (SPEED, 0.0, 0.0))
            journeys[name].append(walk(laboratory, trial))
            progress(sum(map(len, journeys.values())), f"{name}: cost of transport {journeys[name][-1].cost:.3f}")
    return journeys


def figures(journeys: dict[str, list[Journey]]) -> dict[str, Any]:
    """Cost of transport, with the energy term's tracking, relative to without, and survival."""
    pairs = zip(journeys["on"], journeys["off"], strict=True)
    cost = {name: float(np.mean([each.cost for each in walks])) for name, walks in journeys.items()}
    return {
        "cost_of_transport": cost,
        "reduction": 1.0 - cost["on"] / cost["off"],
        "tracking": float(np.mean([on.outcome.tracking(off.outcome) for on, off in pairs])),
        "survival": float(np.mean([each.outcome.survival for each in journeys["on"]])),
        "distance_m": {name: float(np.mean([each.distance[-1] for each in walks])) for name, walks in journeys.items()},
        "cost_by_seed": {name: [each.cost for each in walks] for name, walks in journeys.items()},
    }


def print_report(result: dict[str, Any]) -> None:
    """The figures as a table on stdout."""
    table = Table(title=f"Energy: {SPEED:g} m/s forward")
    for column in ("energy term", "cost of transport", "distance of a robot", "tracking", "survival"):
        table.add_column(column, justify="right")
    judged = {"off": ("", ""), "on": (f"{result['tracking']:.1%}", f"{result['survival']:.1%}")}
    for name, cost in result["cost_of_transport"].items():
        table.add_row(name, f"{cost:.3f}", f"{result['distance_m'][name]:.1f} m", *judged[name])
    table.add_row("", f"{0.0 - result['reduction']:+.1%}", "", "", "")
    Console().print(table)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    parser.add_argument("--envs", type=positive, help=f"robots (default {EnergyConfig.envs})")
    parser.add_argument("--distance", type=float, help=f"of every robot, m (default {EnergyConfig.distance:g})")
    parser.add_argument("--seeds", type=positive, help=f"repetitions (default {EnergyConfig.seeds})")
    parser.add_argument("--quick", action="store_true", help="a size that only shows that it works")
    add_result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    directory = model_directory(args.model)
    config = sized(args, QUICK if args.quick else EnergyConfig())
    laboratory = Laboratory(directory, args.threads)
    laboratory.check(preset(PRESET))
    with training_progress("energy", 2 * config.seeds) as progress:
        journeys = evaluate(laboratory, config, progress)
    result = figures(journeys)
    print_report(result)
    if args.json is not None:
        write_json(args.json, {**result, "model": directory.name, **vars(config)})
    figure = figure_path(args)
    if figure is not None:
        save_figure(figure, {name: (each[0].distance, each[0].energy) for name, each in journeys.items()})
    return 0
