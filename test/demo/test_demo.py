"""The demo itself, with the model that is shipped: real processes, real DDS, and no process left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg
import pytest

from diffusion_mpc_ros.demo.sequence import SEQUENCE, TOLERANCE

PATIENCE_S = 120.0
"""How long a test waits for what must come; it ends as soon as it has come."""
STACK = {
    "simulation.plant": "plant",
    "robot.guardian": "guardian",
    "planner_node": "planner",
    "executor_node": "executor",
}


@dataclass
class Demo:
    """A running demo, and the processes of its stack that were seen."""

    process: subprocess.Popen[bytes]
    log: Path
    pids: dict[str, int] = field(default_factory=dict)

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait_for(self, text: str) -> None:
        """Until the demo said it; notes the stack's processes meanwhile."""
        self.wait_until(lambda: text in self.said)
        for pid in children(self.process.pid):
            for module, name in STACK.items():
                if module in command_line(pid):
                    self.pids[name] = pid

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def end(self) -> int:
        """The exit code."""
        return self.process.wait(PATIENCE_S)

    def survivors(self) -> list[str]:
        """Names of the stack's processes that are still there, after a moment for the kernel to end them."""
        deadline = time.monotonic() + 5.0
        while (alive := [name for name, pid in self.pids.items() if is_alive(pid)]) and time.monotonic() < deadline:
            time.sleep(0.05)
        return alive


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Starts the demo with results in ``tmp_path / "out"``; ends it if the test did not."""
    started: list[Demo] = []

    def start(*arguments: str) -> Demo:
        command = [sys.executable, "-m", "diffusion_mpc_ros", "demo", "--output", str(tmp_path / "out"), *arguments]
        log = tmp_path / "demo.log"
        with log.open("wb") as output, (tmp_path / "stdout").open("wb") as stdout:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=output)
        started.append(Demo(process, log))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def test_the_robot_walks_and_everything_is_reported(demo: Callable[..., Demo], tmp_path: Path) -> None:
    run = demo("--json")
    run.wait_for("standing up")
    assert set(run.pids) == set(STACK.values())
    code = run.end()
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["failures"] == []
    assert code == 0
    assert not run.survivors()
    assert json.loads((tmp_path / "stdout").read_text()) == summary
    assert summary["fell"] is False
    for segment, reported in zip(SEQUENCE, summary["segments"], strict=True):
        assert reported["command"] == list(segment.command)
        assert reported["measured"] == [
            pytest.approx(command, abs=tolerance) for command, tolerance in zip(segment.command, TOLERANCE, strict=True)
        ]
    latency = summary["plan_latency_ms"]
    assert 0.0 < latency["p50"] <= latency["p99"] <= latency["max"]
    assert set(summary["control"]) == {"rate_hz", "missed_ticks", "late_chunks"}
    assert summary["machine"]
    assert summary["git_revision"]
    assert (tmp_path / "out" / "plot.png").read_bytes().startswith(b"\x89PNG")
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(tmp_path / "out" / "walk.mp4"))
    assert frames > 0
    assert seconds > sum(segment.duration for segment in SEQUENCE)


def test_a_planner_killed_in_the_walk_leaves_the_robot_standing_and_says_why(
    demo: Callable[..., Demo], tmp_path: Path
) -> None:
    run = demo()
    run.wait_for("segment 1")
    os.kill(run.pids["planner"], signal.SIGKILL)
    assert run.end() == 1
    assert not run.survivors()
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["fell"] is False
    (failure,) = summary["failures"]
    assert "the planner was killed by SIGKILL" in failure
    assert "the executor says: standing: no plan for" in failure
    assert "nan" not in (tmp_path / "out" / "executor.log").read_text().lower()
    assert "Traceback" not in (tmp_path / "out" / "executor.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_demo_that_is_ended_takes_its_stack_along(demo: Callable[..., Demo], number: signal.Signals) -> None:
    run = demo()
    run.wait_for("standing up")
    assert set(run.pids) == set(STACK.values())
    run.process.send_signal(number)
    assert run.end() == (-number if number is signal.SIGKILL else 128 + number)
    assert not run.survivors()
    assert "Traceback" not in run.said


def test_an_unknown_model_is_one_line_that_names_it(demo: Callable[..., Demo], tmp_path: Path) -> None:
    run = demo("--model", "no_such_model")
    assert run.end() == 1
    (failure,) = json.loads((tmp_path / "out" / "summary.json").read_text())["failures"]
    assert "the planner ended with exit code 1" in failure
    assert "no_such_model" in failure
