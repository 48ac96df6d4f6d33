"""Helpers of the fault rig that run as processes and speak over their standard input and output."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ANSWER_TIMEOUT_S = 5.0


class RigError(RuntimeError):
    """The rig does not do what it should; the text says which part."""


class Pipe:
    """A process whose lines are collected as they come. Closing its standard input ends it."""

    def __init__(self, module: str, arguments: list[str], log: Path, environment: Mapping[str, str]) -> None:
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=dict(environment),
            )
        self.lines: list[str] = []
        threading.Thread(target=self._collect, daemon=True).start()

    def say(self, line: str) -> None:
        """Write a line to it."""
        if self._process.stdin is None:
            raise RigError("a helper without standard input")
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def wait_for(self, found: Callable[[str], bool], since: int, timeout_s: float = ANSWER_TIMEOUT_S) -> str | None:
        """The first line from number ``since`` on that is the one; None if it does not come in time."""
        deadline = time.monotonic() + timeout_s
        position = since
        while time.monotonic() < deadline:
            while position < len(self.lines):
                if found(self.lines[position]):
                    return self.lines[position]
                position += 1
            time.sleep(0.002)
        return None

    def close(self) -> None:
        """End it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(ANSWER_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _collect(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self.lines.append(line.strip())


class OraclePipe(Pipe):
    """The oracle's findings."""

    def mark(self) -> int:
        """A point in what it says, for ``first``."""
        return len(self.lines)

    def first(self, kind: str, since: int, who: str = "", timeout_s: float = ANSWER_TIMEOUT_S) -> dict[str, Any] | None:
        """The first frame of a kind by a writer (any, if empty) after a mark."""

        def found(line: str) -> bool:
            event = json.loads(line)
            return event.get("kind") == kind and (not who or event["who"] == who)

        line = self.wait_for(found, since, timeout_s)
        return None if line is None else json.loads(line)

    def unsafe(self) -> list[str]:
        """Every line that tells of an unsafe frame."""
        return [line for line in list(self.lines) if json.loads(line).get("faults")]

    def counts(self) -> dict[str, Any]:
        """The newest counts."""
        reports = [json.loads(line) for line in list(self.lines) if '"frames"' in line]
        return reports[-1] if reports else {"frames": {}, "unsafe": 0, "gap_ms": 0.0}


class ProxyPipe(Pipe):
    """The proxy between robot and stack."""

    def spoil(self, direction: str, kind: str) -> float:
        """Begin a fault, ``none`` to end it; returns when it took effect (monotonic, s)."""
        since = len(self.lines)
        self.say(f"{direction} {kind}")
        line = self.wait_for(lambda line: line.startswith(f"{direction} {kind} "), since)
        if line is None:
            raise RigError(f"the proxy does not answer '{direction} {kind}'")
        return float(line.split()[2])
