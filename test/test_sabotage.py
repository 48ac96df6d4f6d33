"""That what sabotage.py takes out is where it looks for it: running it takes most of an hour."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType


def test_every_guard_is_in_the_code_and_has_tests(program: Callable[[Path], ModuleType]) -> None:
    sabotage = program(Path(__file__).with_name("sabotage.py"))
    for guard in sabotage.guards():
        source = (sabotage.ROOT / sabotage.PACKAGE / guard.file).read_text()
        assert guard.taken_out(source) != source
        files = guard.tests.partition(" -k ")[0].split()
        assert [name for name in files if not (sabotage.ROOT / name).is_file()] == []
