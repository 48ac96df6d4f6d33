"""Processes of the demo: watched while they run, gone afterwards, however the demo ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from diffusion_mpc_ros.demo.processes import ProcessDied, Processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]
PARENT = f"""
import subprocess, time
print(subprocess.Popen({SLEEP!r}).pid, flush=True)
time.sleep(60)
"""


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie that nobody has reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(condition: Callable[[], bool], timeout: float = 10.0) -> bool:
    deadline = time.monotonic() + timeout
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_leaving_the_context_ends_every_process(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        pids = [processes.start(name, SLEEP, os.environ) for name in ("one", "two")]
        processes.check()
        assert all(alive(pid) for pid in pids)
    assert not any(alive(pid) for pid in pids)


def test_an_exception_ends_every_process(tmp_path: Path) -> None:
    pids: list[int] = []

    def fail() -> None:
        with Processes(tmp_path) as processes:
            pids.append(processes.start("one", SLEEP, os.environ))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert pids
    assert not alive(pids[0])


def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diffusion_mpc_ros.demo.processes.GRACE_S", 0.2)
    with Processes(tmp_path) as processes:
        pid = processes.start("deaf", DEAF, os.environ)
        assert eventually(lambda: "deaf" in (tmp_path / "deaf.log").read_text())
    assert not alive(pid)


def test_children_of_a_process_end_with_it(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        processes.start("parent", [sys.executable, "-c", PARENT], os.environ)
        log = tmp_path / "parent.log"
        assert eventually(lambda: log.read_text().endswith("\n"))
        child = int(log.read_text())
        assert alive(child)
    assert eventually(lambda: not alive(child))


def test_a_dead_process_is_named_with_its_end_and_its_last_words(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        processes.start("planner", [sys.executable, "-c", "print('no such model'); raise SystemExit(3)"], os.environ)
        assert eventually(lambda: not processes.running("planner"))
        with pytest.raises(ProcessDied, match=r"planner ended with exit code 3 .*no such model"):
            processes.check()


def test_a_killed_process_is_named_with_the_signal(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        os.kill(processes.start("planner", SLEEP, os.environ), signal.SIGKILL)
        assert eventually(lambda: not processes.running("planner"))
        with pytest.raises(ProcessDied, match="planner was killed by SIGKILL"):
            processes.check()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_signal_to_the_demo_leaves_a_process_behind(tmp_path: Path, number: signal.Signals) -> None:
    script = f"""
import os, time
from pathlib import Path
from diffusion_mpc_ros.demo.interruption import Interrupted, interruptible
from diffusion_mpc_ros.demo.processes import Processes
try:
    with interruptible(), Processes(Path({str(tmp_path)!r})) as processes:
        print(*[processes.start(name, {SLEEP!r}, os.environ) for name in ("one", "two")], flush=True)
        time.sleep(60)
except Interrupted as interruption:
    raise SystemExit(interruption.exit_code)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        pids = [int(word) for word in demo.stdout.readline().split()]
        assert len(pids) == 2
        demo.send_signal(number)
        assert demo.wait(timeout=30) == (-number if number is signal.SIGKILL else 128 + number)
    assert eventually(lambda: not any(alive(pid) for pid in pids))
