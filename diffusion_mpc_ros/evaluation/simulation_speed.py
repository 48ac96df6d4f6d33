"""`evaluate simulation`: control steps a second of the batched simulation on this machine, with randomisation on."""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.evaluation.demonstrator import DemonstratorController
from diffusion_mpc_ros.planning.observation import build_observation
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.robot.spec import SETUP, STAND_POSE
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.commands import CommandConfig, CommandSampler
from diffusion_mpc_ros.simulation.randomization import NOMINAL, TABLE_I

REPEATS = 5
MODEL = "walk"
"""The bundle whose demonstrator walks the robots: robots at rest would flatter the figure, and flailing ones would not
be what training and evaluation simulate."""


def steps_per_second(demonstrator: DemonstratorController, num_envs: int, randomized: bool, ticks: int) -> list[float]:
    """Control steps a second of robots that walk to random commands, in each of REPEATS runs of ``ticks`` ticks.

    Physics and sensing count; the demonstrator's own time does not.
    """
    rng = np.random.default_rng(0)
    robot = BatchedGo2(num_envs, TABLE_I if randomized else NOMINAL, rng)
    commands = CommandSampler(num_envs, CommandConfig(), rng)
    target = np.tile(STAND_POSE, (num_envs, 1))
    rates = []
    for _ in range(REPEATS):
        elapsed = 0.0
        for tick in range(ticks):
            began = time.perf_counter()
            sensed = robot.sense()
            elapsed += time.perf_counter() - began
            omega, gravity, q, dq = sensed
            observation = build_observation(omega, gravity, commands.commands, q, dq, target)
            target = demonstrator.targets(tick, observation)
            began = time.perf_counter()
            robot.step(target)
            elapsed += time.perf_counter() - began
            robot.reset(np.flatnonzero(robot.fallen()))
            commands.step()
        rates.append(num_envs * ticks / elapsed)
    return rates


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--envs", type=int, nargs="+", default=[256, 512, 1024], help="batch sizes")
    parser.add_argument("--ticks", type=int, default=100, help="control ticks of a run")
    parser.add_argument("--json", type=Path, help="write the figures here")


def run(args: argparse.Namespace) -> int:
    directory = model_directory(MODEL)
    demonstrator = DemonstratorController(directory, ModelBundle.load(directory, SETUP))
    rows: list[dict[str, Any]] = []
    table = Table("environments", "randomised", "steps/s (median)", "min", "max", title="Batched simulation")
    for num_envs in args.envs:
        for randomized in (False, True):
            rates = steps_per_second(demonstrator, num_envs, randomized, args.ticks)
            median = float(np.median(rates))
            rows.append({"envs": num_envs, "randomized": randomized, "steps_per_s": median, "runs": rates})
            table.add_row(str(num_envs), str(randomized), f"{median:,.0f}", f"{min(rates):,.0f}", f"{max(rates):,.0f}")
    Console().print(table)
    if args.json is not None:
        write_json(args.json, {"simulation": rows})
    return 0
