"""What `bench` makes of its timings, and that every row's work can be done."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from diffusion_mpc_ros.cli.main import main
from diffusion_mpc_ros.evaluation import steady_state
from diffusion_mpc_ros.evaluation.bench import BenchConfig, ratios, works
from diffusion_mpc_ros.evaluation.latency import measured
from diffusion_mpc_ros.evaluation.planning_work import ANALYTIC, Work, matrix_weights
from diffusion_mpc_ros.planning.rewards.registry import BUILT_IN


def test_latencies_are_those_of_the_calls() -> None:
    latency = measured(lambda: time.sleep(0.002), seconds=0.1, least=5)
    assert 2.0 <= latency.p50_ms <= latency.p99_ms <= latency.p999_ms
    assert latency.count >= 5


def test_at_least_so_many_calls_count() -> None:
    assert measured(lambda: None, seconds=0.0, least=7).count == 7


def test_what_is_kept_is_seen_to_grow() -> None:
    kept: list[object] = []
    assert steady_state.growth(lambda: kept.append([]), 5000)["blocks"] >= 5000
    assert abs(steady_state.growth(lambda: np.zeros(100), 5000)["blocks"]) < 100


def test_pytorch_is_compared_with_the_same_work_of_ours() -> None:
    rows = [
        {**vars(Work("ours", "conditioned_mlp", 10, guidance="analytic", threads=threads)), "p50_ms": time_ms}
        for threads, time_ms in ((1, 3.0), (2, 2.0))
    ]
    rows += [
        {**vars(Work("pytorch", network, 10, guidance=guidance)), "p50_ms": 50.0}
        for network, guidance in (("temporal_unet", "analytic"), ("temporal_unet", "none"))
    ]
    (ratio,) = ratios(rows)
    assert (ratio["network"], ratio["guidance"], ratio["ratio"]) == ("temporal_unet", "analytic", 25.0)


def test_every_row_of_pytorch_has_one_of_ours_beside_it() -> None:
    listed = list(works(BenchConfig()))
    assert len(listed) == len(set(listed))
    rows = [{**vars(work), "p50_ms": 1.0} for work in listed]
    assert len(ratios(rows)) == sum(work.implementation == "pytorch" for work in listed)


def test_all_analytic_terms_are_timed_but_that_for_slopes() -> None:
    learned = {"base_height", "energy", "foot_lift"}
    assert set(ANALYTIC) == {term.name for term in BUILT_IN} - learned - {"slope_posture"}


def test_the_shipped_networks_products_are_counted() -> None:
    """Each layer once: in, two blocks of two, out."""
    bundle = Path("models/walk")
    unknown, width = 432, yaml.safe_load((bundle / "manifest.yaml").read_text())["training"]["prior"]["width"]
    assert matrix_weights(bundle / "denoiser.onnx") == 2 * unknown * width + 4 * width**2


@pytest.mark.parametrize("network", ["ours", "pytorch"])
def test_the_command_writes_every_row(tmp_path: Path, network: str) -> None:
    result = tmp_path / "bench.json"
    assert main(["bench", "--quick", "--candidates", "1", "--json", str(result)]) == 0
    document = json.loads(result.read_text())
    assert document["matrix_rate_gflops"] > 1.0
    assert any(row["implementation"] == network and row["p50_ms"] > 0.0 for row in document["rows"])
    assert {"unet" in row["network"] for row in document["rows"]} == {True, False}
    assert document["steady_state"]["calls"] == 50
