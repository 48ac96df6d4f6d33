"""`evaluate efficiency`: reward-weighted denoising against PPO, from the same start at equal interactions.

Reads the check-ups of a finished `train finetune` or `train scratch`, and trains by PPO as long as that did, with the
same check-up after as many control steps: on from the demonstrator that the planner imitates, or from random weights.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.closed_loop.commands import COMMANDS, command_text
from diffusion_mpc_ros.evaluation.options import add_result_arguments, figure_path, positive
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.training.checkpoint import read_checkpoint
from diffusion_mpc_ros.training.demonstrator import PLAIN, DemonstratorConfig
from diffusion_mpc_ros.training.finetune import FinetuneConfig
from diffusion_mpc_ros.training.policy_gradient import PolicyGradient
from diffusion_mpc_ros.training.rounds import RoundsConfig
from diffusion_mpc_ros.training.scratch import ScratchConfig
from diffusion_mpc_ros.training.settings import SettingsError, read_settings, section
from diffusion_mpc_ros.training.sources import interactive_checkpoint
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.stage import add_stage_arguments, settings_path

STAGES: Mapping[str, type[RoundsConfig]] = {"finetune": FinetuneConfig, "scratch": ScratchConfig}
DENOISING, PPO = "denoising", "ppo"
COLOURS = {DENOISING: "#0072B2", PPO: "#E69F00"}


def rows_of(method: str, seed: int, history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each check-up and command."""
    return [
        {
            "method": method,
            "seed": seed,
            "interactions": entry["interactions"],
            "command": list(command),
            "survival": survival,
            "velocity_error": error,
        }
        for entry in history
        for command, survival, error in zip(COMMANDS, entry["survival"], entry["velocity_error"], strict=True)
    ]


def save_figure(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes the picture: survival and velocity deviation over interactions, a mean over the commands for each seed."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    panels = figure.subplots(1, 2)
    for panel, name, title in zip(panels, ("survival", "velocity_error"), ("survival", "$E_v$"), strict=True):
        for method, seed in dict.fromkeys((row["method"], row["seed"]) for row in rows):
            means: dict[int, list[float]] = {}
            for row in rows:
                if (row["method"], row["seed"]) == (method, seed):
                    means.setdefault(row["interactions"], []).append(100 * row[name])
            curve = [sum(values) / len(values) for values in means.values()]
            panel.plot([count / 1e6 for count in means], curve, color=COLOURS[method], label=f"{method}, seed {seed}")
        panel.set_title(title, fontsize=10)
        panel.set_xlabel("interactions [million control steps]")
        panel.set_ylabel("%")
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].legend(fontsize=8, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """The first and the last check-up of each training, on stdout."""
    table = Table(title="Sample efficiency: survival / E_v by command")
    for column in ("method", "seed", "interactions", *map(command_text, COMMANDS)):
        table.add_column(column, justify="right")
    for method, seed in dict.fromkeys((row["method"], row["seed"]) for row in rows):
        own = [row for row in rows if (row["method"], row["seed"]) == (method, seed)]
        for checked in (own[: len(COMMANDS)], own[-len(COMMANDS) :]):
            cells = (f"{row['survival']:.1%} / {row['velocity_error']:.1%}" for row in checked)
            table.add_row(method, str(seed), f"{checked[0]['interactions']:,}", *cells)
    Console().print(table)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)
    parser.add_argument("--stage", choices=tuple(STAGES), default="finetune", help="which training (%(default)s)")
    parser.add_argument("--every", type=positive, default=1, help="PPO is checked at one of so many check-ups")
    parser.add_argument("--seeds", type=positive, default=1, help="trainings by PPO")
    add_result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    settings = read_settings(settings_path(args))
    config = section(settings, args.stage, STAGES[args.stage])
    checkpoint = interactive_checkpoint(args.run, args.stage)
    if not checkpoint.exists():
        raise SettingsError(f"{checkpoint}: expected a finished training, got none; run `train {args.stage}`")
    history = read_checkpoint(checkpoint)["history"]
    rows = rows_of(DENOISING, int(settings.get("seed", 1)), history)
    milestones = [entry["interactions"] for entry in history[:: args.every]]
    ppo = replace(section(settings, "demonstrator", DemonstratorConfig), num_envs=config.interaction.num_envs)
    start = args.run / "demonstrator" / PLAIN if args.stage == "finetune" else None
    for seed in range(args.seeds):
        training = PolicyGradient(ppo, config.interaction.randomization, config.checkup, start, seed)
        directory = args.run / f"ppo_{args.stage}" / f"seed_{seed}"
        rows += rows_of(PPO, seed, training.run(directory, milestones))
    print_rows(rows)
    if args.json is not None:
        write_json(args.json, {"rows": rows, "stage": args.stage})
    figure = figure_path(args)
    if figure is not None:
        save_figure(figure, rows)
    return 0
