"""Trials that were run, kept in a file: an experiment of hours resumes where it was interrupted."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from diffusion_mpc_ros.evaluation.measures import Outcome
from diffusion_mpc_ros.evaluation.trials import Laboratory, Trial
from diffusion_mpc_ros.provenance import git_revision


class LedgerError(ValueError):
    """A file that is no ledger; the text names file and line."""


class Ledger:
    """Outcomes by trial; each is written as it comes, a line of JSON with the revision of the code.

    A trial of the same model, parameters, size and seed is not run again, whatever became of the code since:
    ``revisions`` tells, and removing the file starts anew.

    Args:
        laboratory: runs what is not in the file.
        path: the file; None keeps nothing.

    Raises:
        LedgerError: a line that this did not write; a last line cut short by a kill is dropped.
    """

    def __init__(self, laboratory: Laboratory, path: Path | None) -> None:
        self._laboratory, self._path = laboratory, path
        self._known: dict[str, Outcome] = {}
        self.revisions: set[str] = set()
        if path is not None and path.exists():
            self._read(path)

    def __contains__(self, trial: Trial) -> bool:
        return self._key(trial) in self._known

    def outcome(self, trial: Trial) -> Outcome:
        """Looked up, or else run and kept."""
        key = self._key(trial)
        if key not in self._known:
            self._known[key] = self._laboratory.outcome(trial)
            self._write(key, self._known[key])
        return self._known[key]

    def _key(self, trial: Trial) -> str:
        return json.dumps(self._laboratory.description(trial), sort_keys=True)

    def _write(self, key: str, outcome: Outcome) -> None:
        revision = git_revision()
        self.revisions.add(revision)
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a") as file:
                file.write(json.dumps({"trial": json.loads(key), "revision": revision, **asdict(outcome)}) + "\n")

    def _read(self, path: Path) -> None:
        whole = path.read_text().rpartition("\n")[0].splitlines()
        for number, line in enumerate(whole, start=1):
            try:
                entry: dict[str, Any] = json.loads(line)
                key = json.dumps(entry["trial"], sort_keys=True)
                self._known[key] = Outcome(entry["survival"], entry["means"])
                self.revisions.add(entry["revision"])
            except (ValueError, KeyError, TypeError) as error:
                raise LedgerError(
                    f"{path}:{number}: expected a trial's outcome, got {line[:40]!r}; remove it"
                ) from error
        path.write_text("".join(f"{line}\n" for line in whole))
