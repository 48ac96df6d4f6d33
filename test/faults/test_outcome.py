"""A row is ok only if every trial is."""

import pytest

from diffusion_mpc_ros.faults.outcome import Outcome


@pytest.fixture
def outcome() -> Outcome:
    return Outcome("7", "robot state off", 80.0)


def test_the_worst_counts(outcome: Outcome) -> None:
    assert outcome.row()["ok"] is False
    outcome.seen(0.05, "DAMP")
    outcome.seen(0.08, "DAMP")
    row = outcome.row()
    assert (row["trials"], row["worst_ms"], row["action"], row["ok"]) == (2, 80.0, "DAMP x 2", True)
    outcome.seen(0.081, "DAMP")
    assert outcome.row()["ok"] is False


def test_a_trial_without_an_end_fails_the_row(outcome: Outcome) -> None:
    outcome.seen(0.01, "DAMP")
    outcome.seen(None, "DAMP")
    row = outcome.row()
    assert row["failures"] == ["trial 1: no DAMP"]
    assert row["ok"] is False
