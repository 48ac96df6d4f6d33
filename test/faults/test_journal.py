"""Trials that were run are not run again, and nothing else is taken for them."""

from pathlib import Path

import pytest

from diffusion_mpc_ros.faults.journal import Journal, JournalError

KEY = {"name": "stop by service", "trials": 200, "seed": 6}


def test_what_was_added_is_known_to_the_next_run(tmp_path: Path) -> None:
    file = tmp_path / "out" / "faults.trials.jsonl"
    first = Journal(file)
    assert KEY not in first
    first.add(KEY, row={"ok": True}, frames={"guardian": 3})
    second = Journal(file)
    assert KEY in second
    assert {**KEY, "trials": 2} not in second
    (entry,) = second.entries
    assert (entry["key"], entry["row"], entry["frames"]) == (KEY, {"ok": True}, {"guardian": 3})
    assert second.revisions == [entry["revision"]]


def test_a_line_that_a_kill_cut_short_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "faults.trials.jsonl"
    Journal(file).add(KEY, row={})
    with file.open("a") as appended:
        appended.write('{"key": {"na')
    journal = Journal(file)
    assert len(journal.entries) == 1
    journal.add({**KEY, "seed": 7}, row={})
    assert len(Journal(file).entries) == 2


@pytest.mark.parametrize("line", ["no json", "[]", '{"trial": 1}'])
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "faults.trials.jsonl"
    file.write_text(line + "\n")
    with pytest.raises(JournalError, match=r"faults.trials.jsonl:1: expected the outcome of trials"):
        Journal(file)
