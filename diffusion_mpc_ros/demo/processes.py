"""The processes of the stack: started together, watched, and gone when the demo is, however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from diffusion_mpc_ros.demo import tether
from diffusion_mpc_ros.demo.interruption import SIGNALS

GRACE_S = 8.0
"""How long a process may take to end after SIGTERM: an executor sits the robot down first, and damps it."""


class ProcessDied(RuntimeError):
    """A process ended that should still be running."""

    def __init__(self, name: str, exit_code: int, log: Path) -> None:
        self.name = name
        if exit_code < 0:
            how = f"was killed by {signal.Signals(-exit_code).name}"
        else:
            how = f"ended with exit code {exit_code}"
        last = _last_line(log)
        super().__init__(f"the {name} {how} (log: {log}{f'; last line: {last}' if last else ''})")


@dataclass(frozen=True)
class _Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Processes:
    """A context that starts processes, each in a group of its own, and ends every group on leaving.

    They are ended in the opposite order of their starts. Each is also tethered: SIGKILL of this process ends them too.

    Args:
        logs: Directory that gets ``<name>.log``, the output of each process.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: list[_Child] = []

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Starts a process and returns its id. ``command[0]`` is an absolute path. Call from the main thread only:
        the kernel takes the end of the starting thread for the end of the parent.
        """
        log = self._logs / f"{name}.log"
        tied = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), *command]
        with log.open("wb") as output:
            process = subprocess.Popen(
                tied,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C on the terminal is ours to pass on, in order
            )
        self._children.append(_Child(name, process, log))
        return process.pid

    def check(self) -> None:
        """Raises ``ProcessDied`` for the first process that has ended."""
        for child in self._children:
            exit_code = child.process.poll()
            if exit_code is not None:
                raise ProcessDied(child.name, exit_code, child.log)

    def running(self, name: str) -> bool:
        """Whether the process of that name was started and has not ended."""
        return any(child.name == name and child.process.poll() is None for child in self._children)

    def forget(self, name: str) -> None:
        """Wait for the end of a process that was killed on purpose, and watch it no more."""
        for child in [child for child in self._children if child.name == name]:
            child.process.wait(GRACE_S)
            self._children.remove(child)

    def stop(self) -> None:
        """SIGTERM to each group, last started first, and SIGKILL to what is left of it after ``GRACE_S``.

        Signals to this process wait until it is done.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            self._stop()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _stop(self) -> None:
        while self._children:
            child = self._children[-1]
            _signal_group(child.process, signal.SIGTERM)
            deadline = time.monotonic() + GRACE_S
            while child.process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            _signal_group(child.process, signal.SIGKILL)
            child.process.wait()
            self._children.pop()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return  # nobody is left in the group: what the signal was to achieve


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""
