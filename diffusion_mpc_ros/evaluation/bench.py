"""`bench`: how long a plan takes on this machine, by candidates, steps, cache, guidance and threads.

In the same run, the same work by plain PyTorch: with the same network, and with a temporal U-Net of the size that the
paper's authors released. Absolute times are this machine's; the ratios are the result.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from diffusion_mpc_ros.evaluation import steady_state
from diffusion_mpc_ros.evaluation.latency import Latency, matrix_rate, measured
from diffusion_mpc_ros.evaluation.options import add_model_arguments, add_result_arguments, positive, sized
from diffusion_mpc_ros.evaluation.planning_work import OUR_NETWORK, UNET, Work, ours, peer
from diffusion_mpc_ros.planning.manifest import BundleError
from diffusion_mpc_ros.provenance import write_json
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.training.progress import training_progress

USER_ERRORS = (BundleError,)


@dataclass(frozen=True)
class BenchConfig:
    """What is timed.

    Attributes:
        seconds: most time spent on timing each row.
        least: plans timed at least, however long they take.
        candidates: N of the rows.
        plans: made to see whether memory grows.
        peers: whether PyTorch runs, too.
    """

    seconds: float = 3.0
    least: int = 5
    candidates: tuple[int, ...] = (1, 10, 32, 100, 1000)
    plans: int = 100_000
    peers: bool = True


QUICK = BenchConfig(seconds=0.1, least=2, candidates=(1, 10), plans=50)


def works(config: BenchConfig) -> Iterator[Work]:
    """The rows: everything at ten steps, and three steps, a cache and one thread for what they change."""
    for candidates in config.candidates:
        for guidance in ("none", "analytic", "neural"):
            work = Work("ours", OUR_NETWORK, candidates, guidance=guidance)
            yield work
            yield replace(work, threads=1)
            if guidance == "analytic":
                yield replace(work, steps=3)
                yield replace(work, cache=7)
        if config.peers and candidates <= 100:
            yield Work("pytorch", OUR_NETWORK, candidates, guidance="analytic")
            yield Work("pytorch", UNET, candidates, guidance="none")
            yield Work("pytorch", UNET, candidates, guidance="analytic")


def evaluate(directory: Path, config: BenchConfig, progress: Callable[[int, str], None]) -> dict[str, Any]:
    """Rows, the matrix rate and the growth of memory."""
    rate = matrix_rate()
    rows = []
    for done, work in enumerate(works(config), start=1):
        planned = ours(directory, work) if work.implementation == "ours" else peer(directory, work)
        latency = measured(planned.plan, config.seconds, config.least)
        rows.append(row(work, planned.operations, latency, rate))
        progress(done, f"{work.implementation} {work.network} {work.candidates}: {latency.p50_ms:.2f} ms")
    growth = steady_state.growth(ours(directory, Work("ours", OUR_NETWORK, 1, guidance="analytic")).plan, config.plans)
    return {"matrix_rate_gflops": rate / 1e9, "rows": rows, "ratios": ratios(rows), "steady_state": growth}


def row(work: Work, operations: float, latency: Latency, rate: float) -> dict[str, Any]:
    """A row of the result. ``matrix_share``: of the machine's matrix rate, the network's products over the plan."""
    return {**vars(work), **vars(latency), "matrix_share": operations / (latency.p50_ms * 1e-3) / rate}


def ratios(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many times as long each row of PyTorch takes as ours with the same work on as many threads."""
    mine = {_same_work(each): each["p50_ms"] for each in rows if each["implementation"] == "ours"}
    return [
        {
            **dict(zip(SAME, _same_work(each), strict=True)),
            "network": each["network"],
            "ratio": each["p50_ms"] / ours_ms,
        }
        for each in rows
        if each["implementation"] == "pytorch" and (ours_ms := mine.get(_same_work(each))) is not None
    ]


SAME = ("candidates", "steps", "cache", "guidance", "threads")


def _same_work(each: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(each[name] for name in SAME)


def print_report(result: dict[str, Any]) -> None:
    """The rows and ratios as tables on stdout."""
    table = Table(
        title=f"Latency of a plan; matrix products at {result['matrix_rate_gflops']:.0f} GFLOP/s", expand=True
    )
    for column in ("by", "network", "N", "steps", "cache", "guidance", "thr.", "p50 ms", "p99 ms", "share"):
        table.add_column(column, justify="right")
    for each in result["rows"]:
        settings = (each[name] for name in ("implementation", "network", *SAME))
        table.add_row(
            *map(str, settings), f"{each['p50_ms']:.2f}", f"{each['p99_ms']:.2f}", f"{each['matrix_share']:.0%}"
        )
    console = Console()
    console.print(table)
    for each in result["ratios"]:
        console.print(
            f"{each['candidates']} candidates, guidance {each['guidance']}: "
            f"{each['ratio']:.1f} times as fast as {each['network']} in PyTorch"
        )
    console.print(f"memory: {result['steady_state']}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model_arguments(parser)
    parser.add_argument("--seconds", type=float, help=f"for timing each row (default {BenchConfig.seconds:g})")
    parser.add_argument(
        "--candidates", type=positive, nargs="+", help="numbers of candidates (default 1 10 32 100 1000)"
    )
    parser.add_argument("--plans", type=positive, help=f"made to see memory grow (default {BenchConfig.plans:,})")
    parser.add_argument("--quick", action="store_true", help="a size that only shows that it works")
    add_result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    directory = model_directory(args.model)
    config = sized(args, QUICK if args.quick else BenchConfig())
    with training_progress("bench", len(list(works(config)))) as progress:
        result = evaluate(directory, config, progress)
    print_report(result)
    if args.json is not None:
        write_json(args.json, {**result, "model": directory.name})
    return 0
