"""`bench`: control steps a second of the batched simulation on this machine, with randomisation on."""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import NOMINAL, TABLE_I

REPEATS = 5


def steps_per_second(num_envs: int, randomized: bool, ticks: int) -> list[float]:
    """Control steps a second in each of REPEATS runs of ``ticks`` ticks, sensing included."""
    rng = np.random.default_rng(0)
    robot = BatchedGo2(num_envs, TABLE_I if randomized else NOMINAL, rng)
    # Walking moves about this much: robots at rest would flatter the figure.
    targets = STAND_POSE + rng.normal(0.0, 0.15, size=(ticks, num_envs, 12))
    rates = []
    for _ in range(REPEATS):
        robot.reset(np.arange(num_envs))
        began = time.perf_counter()
        for target in targets:
            robot.step(target)
            robot.sense()
        rates.append(num_envs * ticks / (time.perf_counter() - began))
    return rates


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--envs", type=int, nargs="+", default=[256, 512, 1024], help="batch sizes")
    parser.add_argument("--ticks", type=int, default=50, help="control ticks of a run")
    parser.add_argument("--json", type=Path, help="write the figures here")


def run(args: argparse.Namespace) -> int:
    rows: list[dict[str, Any]] = []
    table = Table("environments", "randomised", "steps/s (median)", "min", "max", title="Batched simulation")
    for num_envs in args.envs:
        for randomized in (False, True):
            rates = steps_per_second(num_envs, randomized, args.ticks)
            median = float(np.median(rates))
            rows.append({"envs": num_envs, "randomized": randomized, "steps_per_s": median, "runs": rates})
            table.add_row(str(num_envs), str(randomized), f"{median:,.0f}", f"{min(rates):,.0f}", f"{max(rates):,.0f}")
    Console().print(table)
    if args.json is not None:
        write_json(args.json, {"simulation": rows})
    return 0
