"""`evaluate tuning`: how strongly each objective of `evaluate adaptation` may guide, searched for on seeds of its own.

Every combination of the values in config/evaluation/tuning.yaml is tried with one candidate, reward and constraint. The
one that cuts the penalty most while robots walk where they are told goes into config/evaluation/adaptation.yaml.
"""

import argparse
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.evaluation import adaptation
from diffusion_mpc_ros.evaluation.ledger import Ledger
from diffusion_mpc_ros.evaluation.measures import PENALTIES
from diffusion_mpc_ros.evaluation.objectives import Guidance, objectives_file, read_objectives
from diffusion_mpc_ros.evaluation.options import add_model_arguments, positive, sized
from diffusion_mpc_ros.evaluation.trials import Laboratory, Trial
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.training.progress import training_progress

USER_ERRORS = adaptation.USER_ERRORS
MARGIN = 0.002
"""Tracking kept above what is asked for: other seeds come out a thousandth or two different."""
FIRST_SEED = 1000
"""Results are reported on seeds from 0."""
SHOWN = 5
"""Combinations printed for each objective."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TuningConfig:
    """Size of the search."""

    envs: int = 256
    steps: int = 500
    seeds: int = 1


@dataclass(frozen=True)
class Candidate:
    """A combination and how it did, relative to no planning."""

    guidance: Guidance
    reduction: float
    tracking: float
    survival: float

    @property
    def admissible(self) -> bool:
        """Whether robots walked as they have to, with a margin."""
        return self.tracking >= adaptation.TRACKING + MARGIN and self.survival >= adaptation.SURVIVAL


def combinations(choices: Guidance) -> Iterator[Guidance]:
    """Every choice of one value for each parameter; ``choices`` has lists of values."""
    for rewards in product(*choices.reward.values()):
        for constraints in product(*choices.constraint.values()):
            yield Guidance(
                dict(zip(choices.reward, rewards, strict=True)), dict(zip(choices.constraint, constraints, strict=True))
            )


def search(
    ledger: Ledger, objective: str, choices: Guidance, config: TuningConfig, progress: Callable[[str], None]
) -> list[Candidate]:
    """Every combination for an objective: admissible ones first, then by reduction, largest first."""
    found = []
    for guidance in combinations(choices):
        outcomes = []
        for seed in range(FIRST_SEED, FIRST_SEED + config.seeds):
            trials = (
                Trial(parameters, config.envs, config.steps, seed)
                for parameters in (guidance.parameters(), adaptation.NO_PLANNING)
            )
            outcome, reference = map(ledger.outcome, trials)
            outcomes.append((outcome, reference))
        row = adaptation.row(adaptation.Cell(objective, 1, True, True), outcomes)
        found.append(Candidate(guidance, *(row[name] for name in ("reduction", "tracking", "survival"))))
        progress(f"{objective} {-row['reduction']:+.1%}, tracking {row['tracking']:.1%}")
    # A combination under which nobody survives has no reduction: NaN, sorted to the end.
    return sorted(found, key=lambda each: (each.admissible, np.nan_to_num(each.reduction, nan=-np.inf)), reverse=True)


def write_objectives(path: Path, objectives: Mapping[str, Guidance]) -> None:
    """Write what ``read_objectives`` reads."""
    header = "# Objectives of Table II: what guides and what is projected, set over config/planner.yaml.\n"
    source = "# The strengths were chosen by `evaluate tuning` among those of tuning.yaml.\n"
    document = {name: asdict(guidance) for name, guidance in objectives.items()}
    path.write_text(header + source + yaml.safe_dump(document, default_flow_style=None, sort_keys=False, width=110))


def print_report(objective: str, found: Sequence[Candidate], choices: Guidance) -> None:
    """The best combinations as a table on stdout, with the parameters that there was a choice of."""
    searched = {name: values for name, values in {**choices.reward, **choices.constraint}.items() if len(values) > 1}
    table = Table(title=objective)
    for column in (*searched, "change", "tracking", "survival"):
        table.add_column(column.replace(".", ".\n"), justify="right")
    for each in found[:SHOWN]:
        parameters = {**each.guidance.reward, **each.guidance.constraint}
        values = [shown(parameters[name], searched[name]) for name in searched]
        mark = "" if each.admissible else " ✗"
        table.add_row(*values, f"{-each.reduction:+.1%}", f"{each.tracking:.1%}{mark}", f"{each.survival:.1%}")
    Console().print(table)


def shown(value: Any, values: Sequence[Any]) -> str:
    """A value as text; of a list only the elements in which the ``values`` differ, equal ones once."""
    if not isinstance(value, list):
        return str(value)
    differ = [len({str(element) for element in elements}) > 1 for elements in zip(*values, strict=True)]
    return " ".join(dict.fromkeys(str(element) for element, free in zip(value, differ, strict=True) if free))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    parser.add_argument("--envs", type=positive, default=TuningConfig.envs, help="robots of a trial")
    parser.add_argument("--steps", type=positive, default=TuningConfig.steps, help="control ticks of a trial")
    parser.add_argument("--seeds", type=positive, default=TuningConfig.seeds, help="trials of a combination")
    parser.add_argument("--objectives", nargs="+", choices=PENALTIES, default=list(PENALTIES), help="default: all six")
    parser.add_argument("--trials", type=Path, help="keep finished trials in this file, and do not run them again")


def run(args: argparse.Namespace) -> int:
    config = sized(args, TuningConfig())
    choices = read_objectives(objectives_file("tuning"))
    chosen = read_objectives(objectives_file("adaptation"))
    laboratory = Laboratory(model_directory(args.model), args.threads)
    for name in args.objectives:
        laboratory.check(next(combinations(choices[name])).parameters())
    ledger = Ledger(laboratory, args.trials)
    total, done = sum(len(list(combinations(choices[name]))) for name in args.objectives), 0
    with training_progress("tuning", total) as advance:

        def progress(text: str) -> None:
            nonlocal done
            done += 1
            advance(done, text)

        results = {name: search(ledger, name, choices[name], config, progress) for name in args.objectives}
    for name, found in results.items():
        print_report(name, found, choices[name])
        if found[0].admissible:
            chosen[name] = found[0].guidance
        else:
            log.warning("%s: no combination keeps tracking and survival; its strengths are left as they are", name)
    write_objectives(objectives_file("adaptation"), chosen)
    return 0
