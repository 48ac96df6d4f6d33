"""Outcomes by trial: those that a journal knows are not run again."""

from dataclasses import asdict
from pathlib import Path

from diffusion_mpc_ros.evaluation.measures import Outcome
from diffusion_mpc_ros.evaluation.trials import Laboratory, Trial
from diffusion_mpc_ros.journal import Journal


class Ledger:
    """Looks outcomes up, or has them run. A trial is known by the model's files, parameters, size and seed.

    Args:
        laboratory: runs what is not in the file.
        path: of the journal; None keeps nothing.

    Raises:
        JournalError: a file that is none.
    """

    def __init__(self, laboratory: Laboratory, path: Path | None) -> None:
        self._laboratory, self._journal = laboratory, Journal(path, ("survival", "means"))

    @property
    def revisions(self) -> list[str]:
        """Every revision of the code that took part."""
        return self._journal.revisions

    def __contains__(self, trial: Trial) -> bool:
        return self._laboratory.description(trial) in self._journal

    def outcome(self, trial: Trial) -> Outcome:
        """Looked up, or else run and kept."""
        described = self._laboratory.description(trial)
        if described not in self._journal:
            self._journal.add(described, **asdict(self._laboratory.outcome(trial)))
        entry = self._journal[described]
        return Outcome(entry["survival"], entry["means"])
