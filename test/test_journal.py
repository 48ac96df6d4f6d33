"""Trials that were run are not run again, and nothing else is taken for them."""

from pathlib import Path

import pytest

from diffusion_mpc_ros.journal import Journal, JournalError

FINDINGS = ("row", "frames")
KEY = {"name": "stop by service", "trials": 200, "seed": 6}


def test_what_was_added_is_known_to_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "out" / "faults.trials.jsonl"
    first = Journal(file, FINDINGS)
    assert KEY not in first
    first.add(KEY, row={"ok": True}, frames={"guardian": 3})
    second = Journal(file, FINDINGS)
    assert KEY in second
    assert {**KEY, "trials": 2} not in second
    (entry,) = second.entries
    assert (entry["trial"], entry["row"], entry["frames"]) == (KEY, {"ok": True}, {"guardian": 3})
    assert second.revisions == [entry["revision"]]


def test_a_line_that_a_kill_cut_short_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "faults.trials.jsonl"
    Journal(file, FINDINGS).add(KEY, row={}, frames={})
    with file.open("a") as appended:
        appended.write('{"trial": {"na')
    journal = Journal(file, FINDINGS)
    assert len(journal.entries) == 1
    journal.add({**KEY, "seed": 7}, row={}, frames={})
    assert len(Journal(file, FINDINGS).entries) == 2


@pytest.mark.parametrize("line", ["no json", "[]", '{"trial": 1}'])
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "faults.trials.jsonl"
    file.write_text(line + "\n")
    with pytest.raises(JournalError, match=r"faults.trials.jsonl:1: expected a trial's outcome"):
        Journal(file, FINDINGS)
