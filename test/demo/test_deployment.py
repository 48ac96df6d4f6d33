"""One configuration over the real stack: real processes, real DDS."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE_S = 120.0
CONFIGURATION = "ours: every tick"


def deploy(result: Path, patience_s: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "diffusion_mpc_ros", "evaluate", "deployment", "--quick"]
    command += ["--configs", CONFIGURATION, "--json", str(result)]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patience_s)
    assert run.returncode == 0, run.stderr
    document: dict[str, Any] = json.loads(result.read_text())
    return document


def test_the_robot_walks_the_sequence_and_what_was_run_is_not_run_again(tmp_path: Path) -> None:
    document = deploy(tmp_path / "deployment.json", PATIENCE_S)
    (row,) = document["rows"]
    assert (row["config"], row["trials"], row["failures"]) == (CONFIGURATION, 1, [])
    assert row["forward"] == row["turning"] == row["backward"] == 1.0
    journal = tmp_path / "deployment.trials.jsonl"
    before = journal.read_text()
    again = deploy(tmp_path / "deployment.json", PATIENCE_S)
    assert again["rows"] == document["rows"]
    assert journal.read_text() == before
