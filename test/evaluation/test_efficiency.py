"""`evaluate efficiency`: PPO is checked after as many interactions as the training it is held against."""

import argparse
import json
from pathlib import Path

import pytest
import torch

from diffusion_mpc_ros.closed_loop.commands import COMMANDS
from diffusion_mpc_ros.evaluation import efficiency
from diffusion_mpc_ros.training.settings import SettingsError

SURVIVAL = [1.0, 0.5, 0.0, 0.4, 0.3, 0.2]
FIGURES = {"survival": SURVIVAL, "velocity_error": [0.1, 0.2, 1.0, 0.3, 0.4, 0.5], "merit": 0.1}
HISTORY = [{"round": done, "interactions": done * 64, **FIGURES} for done in range(3)]


def compare(run: Path, *options: str) -> None:
    parser = argparse.ArgumentParser()
    efficiency.add_arguments(parser)
    assert efficiency.run(parser.parse_args(["--quick", "--run", str(run), "--stage", "scratch", *options])) == 0


def test_both_are_told_at_equal_interactions_and_a_second_run_trains_nothing(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    torch.save({"history": HISTORY}, tmp_path / "scratch" / "scratch.pt")
    path = tmp_path / "efficiency.json"
    documents = []
    for _ in range(2):
        compare(tmp_path, "--every", "2", "--json", str(path))
        documents.append(json.loads(path.read_text())["rows"])
    rows = documents[0]
    assert documents[1] == rows
    own = [(row["interactions"], tuple(row["command"])) for row in rows if row["method"] == "denoising"]
    assert own == [(done * 64, command) for done in range(3) for command in COMMANDS]
    assert [row["survival"] for row in rows if row["method"] == "denoising"][:6] == SURVIVAL
    assert {row["interactions"] for row in rows if row["method"] == "ppo"} == {0, 128}
    assert path.with_suffix(".png").stat().st_size > 10_000


def test_there_must_be_something_to_compare_with(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="expected a finished training, got none; run `train scratch`"):
        compare(tmp_path)
