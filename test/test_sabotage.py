"""That what sabotage.py takes out is where it looks for it: running it takes most of an hour."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType


def test_every_guard_is_in_the_code_and_has_tests(program: Callable[[Path], ModuleType]) -> None:
    sabotage = program(Path(__file__).with_name("sabotage.py"))
    package = sabotage.ROOT / sabotage.PACKAGE
    for guard in sabotage.guards():
        assert guard.taken_out(package) != (package / guard.file).read_text()
        files = guard.tests.partition(" -k ")[0].split()
        assert [name for name in files if not (sabotage.ROOT / name).is_file()] == []
