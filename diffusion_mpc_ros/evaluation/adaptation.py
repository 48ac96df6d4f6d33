"""`evaluate adaptation`: what guidance, constraints and candidates do to six penalties (section VI-A1, Table II).

Every objective is run without planning and with 1, 10 and 100 candidates, with and without reward planning and
constraints, by the deployed planner in nominal physics; without reward planning the reward still ranks candidates. A
penalty is the mean over time and surviving robots of what was measured, tracking is relative to no planning. The
parameters are those of config/evaluation/adaptation.yaml, which `evaluate tuning` chose on other seeds.

With --json, finished trials are kept beside the result: the same command goes on where it was interrupted.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.evaluation.adaptation_figure import save_figure
from diffusion_mpc_ros.evaluation.ledger import Ledger
from diffusion_mpc_ros.evaluation.measures import PENALTIES, EpisodeError, Outcome
from diffusion_mpc_ros.evaluation.objectives import Guidance, ObjectivesError, objectives_file, read_objectives
from diffusion_mpc_ros.evaluation.options import add_model_arguments, figure_path, positive, sized
from diffusion_mpc_ros.evaluation.trials import Laboratory, Trial
from diffusion_mpc_ros.journal import JournalError
from diffusion_mpc_ros.planning.manifest import BundleError
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError
from diffusion_mpc_ros.planning.parameter_file import ParameterFileError
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.training.progress import training_progress

USER_ERRORS = (BundleError, EpisodeError, JournalError, ObjectiveError, ObjectivesError, ParameterFileError)
TRACKING, SURVIVAL = 0.97, 0.99
"""What a configuration has to keep to count (section VI-A1; the paper gives no survival)."""
NO_PLANNING: Mapping[str, Any] = {}
"""The deployed parameters as they are."""


@dataclass(frozen=True)
class AdaptationConfig:
    """Size of the experiment.

    Attributes:
        envs, steps, seeds: robots of a trial, control ticks, trials of a configuration.
        batch: most trajectories planned at once; configurations of more candidates get fewer robots.
        candidates: numbers of candidates.
    """

    envs: int = 256
    steps: int = 1000
    seeds: int = 3
    batch: int = 25_600
    candidates: tuple[int, ...] = (1, 10, 100)

    def robots(self, candidates: int) -> int:
        """Robots of a trial with so many candidates."""
        return min(self.envs, max(1, self.batch // candidates))


QUICK = AdaptationConfig(envs=4, steps=80, seeds=1, candidates=(1, 2))


@dataclass(frozen=True)
class Cell:
    """A column of Table II for an objective."""

    objective: str
    candidates: int
    reward: bool
    constraint: bool


def cells(objectives: Mapping[str, Guidance], candidates: Sequence[int]) -> Iterator[Cell]:
    """Every column for every objective; one candidate without reward and constraint is no planning."""
    for name in objectives:
        for count, reward, constraint in product(candidates, (False, True), (False, True)):
            yield Cell(name, count, reward, constraint)


def trials(cell: Cell, guidance: Guidance, config: AdaptationConfig) -> Iterator[tuple[Trial, Trial]]:
    """The trial of a cell and that of no planning to compare it with, seed by seed."""
    robots = config.robots(cell.candidates)
    plans = cell.candidates > 1 or cell.reward or cell.constraint
    parameters = guidance.parameters(cell.candidates, cell.reward, cell.constraint) if plans else NO_PLANNING
    for seed in range(config.seeds):
        yield Trial(parameters, robots, config.steps, seed), Trial(NO_PLANNING, robots, config.steps, seed)


def evaluate(
    ledger: Ledger, objectives: Mapping[str, Guidance], config: AdaptationConfig, progress: Callable[[int, str], None]
) -> list[dict[str, Any]]:
    """The rows of the table, cell by cell; ``progress`` is told how many trials are done."""
    rows, done = [], 0
    for cell in cells(objectives, config.candidates):
        outcomes = []
        for trial, reference in trials(cell, objectives[cell.objective], config):
            outcomes.append((ledger.outcome(trial), ledger.outcome(reference)))
            done += 1
            progress(done, f"{cell.objective} C{cell.candidates}")
        rows.append(row(cell, outcomes) | {"envs": trial.envs, "steps": trial.steps})
    return rows


def row(cell: Cell, outcomes: Sequence[tuple[Outcome, Outcome]]) -> dict[str, Any]:
    """A cell from its outcomes and those of no planning, seed by seed; ``reduction`` is a share of the latter."""
    penalty, without = ([outcome.means[cell.objective] for outcome in side] for side in zip(*outcomes, strict=True))
    return {
        **vars(cell),
        "penalty": float(np.mean(penalty)),
        "tracking": float(np.mean([outcome.tracking(reference) for outcome, reference in outcomes])),
        "survival": float(np.mean([outcome.survival for outcome, _ in outcomes])),
        "no_planning": float(np.mean(without)),
        "reduction": float(1.0 - np.mean(penalty) / np.mean(without)),
        "penalty_by_seed": penalty,
    }


def best(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each objective the row of the largest reduction among those that keep tracking and survival, of the rows that
    were run on most robots: few robots prove little.
    """
    most = max(each["envs"] for each in rows)
    kept = [
        each for each in rows if each["envs"] == most and each["tracking"] >= TRACKING and each["survival"] >= SURVIVAL
    ]
    objectives = dict.fromkeys(each["objective"] for each in kept)
    return [
        max((each for each in kept if each["objective"] == name), key=lambda each: float(each["reduction"]))
        for name in objectives
    ]


def print_report(rows: Sequence[dict[str, Any]]) -> None:
    """The rows as a table on stdout; the best of each objective are marked."""
    table = Table(title="Adaptation: penalties against no planning (Table II)")
    table.add_column("objective", min_width=max(map(len, PENALTIES)))
    for column in ("C", "reward", "constr.", "penalty", "change", "tracking", "alive", ""):
        table.add_column(column, justify="right")
    chosen = best(rows)
    previous = None
    for each in rows:
        if previous not in (None, each["objective"]):
            table.add_section()
        table.add_row(
            each["objective"] if each["objective"] != previous else "",
            str(each["candidates"]),
            "✓" if each["reward"] else "–",
            "✓" if each["constraint"] else "–",
            f"{each['penalty']:.4g}",
            f"{0.0 - each['reduction']:+.1%}",
            f"{each['tracking']:.1%}",
            f"{each['survival']:.1%}",
            "best" if each in chosen else "",
        )
        previous = each["objective"]
    Console().print(table)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    parser.add_argument("--envs", type=positive, help=f"robots of a trial (default {AdaptationConfig.envs})")
    parser.add_argument("--steps", type=positive, help=f"control ticks of a trial (default {AdaptationConfig.steps})")
    parser.add_argument("--seeds", type=positive, help=f"trials of a configuration (default {AdaptationConfig.seeds})")
    parser.add_argument(
        "--batch",
        type=positive,
        help=f"most trajectories planned at once, bounds envs (default {AdaptationConfig.batch})",
    )
    parser.add_argument("--candidates", type=positive, nargs="+", help="numbers of candidates (default 1 10 100)")
    parser.add_argument("--objectives", nargs="+", choices=PENALTIES, default=list(PENALTIES), help="default: all six")
    parser.add_argument("--quick", action="store_true", help="a size that only shows that it works")
    parser.add_argument("--json", type=Path, help="write the rows here, and keep finished trials beside them")
    parser.add_argument("--figure", type=Path, help="PNG to draw (default: beside the JSON)")


def run(args: argparse.Namespace) -> int:
    directory = model_directory(args.model)
    config = sized(args, QUICK if args.quick else AdaptationConfig())
    objectives = read_objectives(objectives_file("adaptation"))
    objectives = {name: objectives[name] for name in args.objectives}
    laboratory = Laboratory(directory, args.threads)
    for guidance in objectives.values():
        laboratory.check(guidance.parameters())
    ledger = Ledger(laboratory, None if args.json is None else args.json.with_suffix(".trials.jsonl"))
    total = config.seeds * sum(1 for _ in cells(objectives, config.candidates))
    with training_progress("adaptation", total) as progress:
        rows = evaluate(ledger, objectives, config, progress)
    print_report(rows)
    if args.json is not None:
        document = {"rows": rows, "best": best(rows), "model": directory.name, "seeds": config.seeds}
        write_json(args.json, document | {"revisions": ledger.revisions})
    figure = figure_path(args)
    if figure is not None:
        save_figure(figure, rows, TRACKING)
    return 0
