"""The documents say what is true: generated parts are fresh, links lead somewhere, commands exist."""

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from diffusion_mpc_ros.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    *(ROOT / "README.md", ROOT / "CONTRIBUTING.md"),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "models").glob("*/README.md")),
]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_generated_parts_are_fresh(path: Path, program: Callable[[Path], ModuleType]) -> None:
    generator = program(ROOT / "docs" / "generate.py")
    assert path.read_text() == generator.generated(path.read_text()), "run `make docs`"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text())
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_that_are_named_exist(path: Path) -> None:
    named = re.findall(r"python -m diffusion_mpc_ros ((?:[a-z]+ ?)+)", path.read_text())
    known = [command.name for command in COMMANDS]
    assert [name for name in named if not any(name.strip().startswith(command) for command in known)] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_that_are_named_exist(path: Path) -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make (\w+)", path.read_text())) <= targets
