"""Terms of other packages, as real distributions on the path."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from diffusion_mpc_ros.planning.rewards.installed import RewardTermError, installed_terms

TERM = """
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from diffusion_mpc_ros.planning.parameters import parameter


@dataclass(frozen=True)
class Own:
    name: ClassVar[str] = "own"
    text: ClassVar[str] = "Weight of something"

    level: float = field(default=0.5, metadata=parameter("Something, rad", (0.0, 1.0)))

    def value(self, tau, k):
        return np.zeros(len(tau))

    def add_gradient(self, tau, k, weight, total):
        total[..., 2] += weight
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Puts a module with a term and its entry point on the path."""
    monkeypatch.syspath_prepend(tmp_path)
    modules: list[str] = []

    def write(module: str, source: str) -> None:
        (tmp_path / f"{module}.py").write_text(source)
        metadata = tmp_path / f"{module}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[diffusion_mpc_ros.reward_terms]\nwork = {module}:Own\n")
        modules.append(module)
        importlib.invalidate_caches()

    yield write
    for module in modules:
        sys.modules.pop(module, None)


def test_terms_of_other_packages_are_found_and_sorted_by_name(install: Callable[[str, str], None]) -> None:
    assert installed_terms(set()) == ()
    install("some_terms", TERM.replace('"own"', '"zest"'))
    install("more_terms", TERM)
    install("other_terms", TERM.replace('"own"', '"agility"'))
    assert [term.name for term in installed_terms({"posture"})] == ["agility", "own", "zest"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("class Own", "class Other", "expected a term that loads and runs, got AttributeError: .* no attribute 'Own'"),
        ("import numpy", "import numby", "got ModuleNotFoundError: No module named 'numby'"),
        ("@dataclass(frozen=True)", "", "expected a dataclass, got <class 'broken.Own'>"),
        ('"own"', '"Own term"', "expected 'name' in lower case letters, digits and underscores, got 'Own term'"),
        ('"own"', '"posture"', "expected a name of its own, got 'posture', which is taken"),
        ("text: ClassVar[str] =", "words: ClassVar[str] =", "expected 'text' that says .*, got None"),
        ("def add_gradient", "def gradient", "expected a method 'add_gradient', got none"),
        ("level", "weight", "expected a field of another name than 'weight'"),
        ('metadata=parameter("Something, rad", (0.0, 1.0))', "", r"expected parameter\(...\) .* of field 'level'"),
        ("default=0.5, ", "", "of field 'level' and a default, got one without"),
        ("default=0.5", "default=1.5", r"got ValueError: expected a number in \[0, 1\], got 1.5"),
        ("np.zeros(len(tau))", "np.zeros(3)", r"expected value\(\) to return \(2,\) finite numbers, got \(3,\)"),
        ("np.zeros(len(tau))", "np.full(2, np.nan)", r"expected value\(\) to return \(2,\) finite numbers, .*nan"),
        ("total[..., 2] += weight", "return total", r"expected add_gradient\(\) to .* return nothing, got ndarray"),
        ("+= weight", "+= weight * np.inf", r"expected add_gradient\(\) to add finite numbers, got others"),
        ("total[..., 2] +=", "total[..., 57] +=", r"expected a term that loads and runs, got IndexError: .* 57 .*"),
    ],
)
def test_what_is_no_term_is_refused_in_one_line(
    install: Callable[[str, str], None], old: str, new: str, message: str
) -> None:
    assert old in TERM
    install("broken", TERM.replace(old, new))
    with pytest.raises(RewardTermError, match=message) as caught:
        installed_terms({"posture"})
    text = str(caught.value)
    assert text.startswith("reward term 'work = broken:Own': expected ")
    assert text.endswith("; correct or uninstall broken")
    assert "\n" not in text


def test_two_packages_with_one_name_are_refused(install: Callable[[str, str], None]) -> None:
    install("first_terms", TERM)
    install("second_terms", TERM)
    with pytest.raises(RewardTermError, match="expected a name of its own, got 'own', which is taken"):
        installed_terms(set())
