"""Trials that were run, kept in a file: an experiment of hours goes on where it was interrupted."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diffusion_mpc_ros.provenance import git_revision


class JournalError(ValueError):
    """A file that is no journal; the text names file and line."""


class Journal:
    """What came of each trial, written as it comes, a line of JSON with the revision of the code.

    What is found in the file is not run again, whatever became of the code since: ``revisions`` tells, and removing the
    file starts anew.

    Args:
        path: the file; None keeps nothing beyond this process.
        findings: names of what is kept of every trial.

    Raises:
        JournalError: a line that this did not write; a last line cut short by a kill is dropped.
    """

    def __init__(self, path: Path | None, findings: tuple[str, ...]) -> None:
        self._path, self._findings = path, findings
        self._known: dict[str, dict[str, Any]] = {}
        if path is not None and path.exists():
            self._read(path)

    @property
    def revisions(self) -> list[str]:
        """Every revision of the code that took part."""
        return sorted({entry["revision"] for entry in self._known.values()})

    @property
    def entries(self) -> list[dict[str, Any]]:
        """What is known, in the order in which it was added."""
        return list(self._known.values())

    def __contains__(self, trial: Mapping[str, Any]) -> bool:
        return _key(trial) in self._known

    def __getitem__(self, trial: Mapping[str, Any]) -> dict[str, Any]:
        return self._known[_key(trial)]

    def add(self, trial: Mapping[str, Any], **findings: Any) -> None:
        """Keep what came of a trial, which is known by all that describes it."""
        entry = {"trial": trial, "revision": git_revision(), **findings}
        self._known[_key(trial)] = entry
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a") as file:
                file.write(json.dumps(entry) + "\n")

    def _read(self, path: Path) -> None:
        whole = path.read_text().rpartition("\n")[0].splitlines()
        for number, line in enumerate(whole, start=1):
            try:
                entry: dict[str, Any] = json.loads(line)
                kept = {name: entry[name] for name in ("trial", "revision", *self._findings)}
            except (ValueError, KeyError, TypeError) as error:
                raise JournalError(
                    f"{path}:{number}: expected a trial's outcome, got {line[:40]!r}; remove it"
                ) from error
            self._known[_key(kept["trial"])] = kept
        path.write_text("".join(f"{line}\n" for line in whole))


def _key(trial: Mapping[str, Any]) -> str:
    return json.dumps(trial, sort_keys=True)
