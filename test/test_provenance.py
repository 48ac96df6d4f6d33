"""Results say where they came from."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from diffusion_mpc_ros import provenance
from diffusion_mpc_ros.provenance import write_json


def test_results_carry_machine_and_revision(tmp_path: Path) -> None:
    write_json(tmp_path / "deep" / "result.json", {"value": 1})
    document = json.loads((tmp_path / "deep" / "result.json").read_text())
    assert document["value"] == 1
    assert document["machine"]["cores"] >= 1
    assert document["git_revision"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["result.json"]


@pytest.mark.parametrize(
    ("changed", "marked"), [("package/code.py", True), ("docs/results/measured.json", False), ("new.txt", False)]
)
def test_a_revision_is_marked_when_the_code_differs_from_it(
    changed: str, marked: bool, tmp_path: Path, program: Callable[[Path], ModuleType]
) -> None:
    def git(*arguments: str) -> str:
        author = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
        command = ["git", *author, *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    for name in ("package/code.py", "docs/results/measured.json"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("as committed")
    copy = Path(shutil.copy(provenance.__file__, tmp_path / "package"))
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "all")
    revision = git("rev-parse", "--short=12", "HEAD")
    assert program(copy).git_revision() == revision
    (tmp_path / changed).write_text("changed")
    assert program(copy).git_revision() == (f"{revision}+" if marked else revision)


def test_outside_git_nothing_is_known(tmp_path: Path, program: Callable[[Path], ModuleType]) -> None:
    assert program(Path(shutil.copy(provenance.__file__, tmp_path))).git_revision() == "unknown"
