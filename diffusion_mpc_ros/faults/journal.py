"""Trials that were run, kept in a file: hours of them go on where they were interrupted."""

import json
from pathlib import Path
from typing import Any

from diffusion_mpc_ros.provenance import git_revision


class JournalError(ValueError):
    """A file that is no journal; the text names file and line."""


class Journal:
    """What came of each set of trials, written as it ends, a line of JSON with the revision of the code.

    What is found in the file is not run again, whatever became of the code since: ``revisions`` tells, and removing the
    file starts anew.

    Raises:
        JournalError: a line that this did not write; a last line cut short by a kill is dropped.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, dict[str, Any]] = {}
        if path.exists():
            self._read()

    @property
    def revisions(self) -> list[str]:
        """Every revision of the code that took part."""
        return sorted({entry["revision"] for entry in self._known.values()})

    @property
    def entries(self) -> list[dict[str, Any]]:
        """What is known, in the order in which it was added."""
        return list(self._known.values())

    def __contains__(self, key: dict[str, Any]) -> bool:
        return _text(key) in self._known

    def add(self, key: dict[str, Any], **findings: Any) -> None:
        """Keep what came of the trials that ``key`` describes."""
        entry = {"key": key, "revision": git_revision(), **findings}
        self._known[_text(key)] = entry
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps(entry) + "\n")

    def _read(self) -> None:
        whole = self._path.read_text().rpartition("\n")[0].splitlines()
        for number, line in enumerate(whole, start=1):
            try:
                entry: dict[str, Any] = json.loads(line)
                self._known[_text(entry["key"])] = entry
            except (ValueError, KeyError, TypeError) as error:
                raise JournalError(
                    f"{self._path}:{number}: expected the outcome of trials, got {line[:40]!r}; remove it"
                ) from error
        self._path.write_text("".join(f"{line}\n" for line in whole))


def _text(key: dict[str, Any]) -> str:
    return json.dumps(key, sort_keys=True)
