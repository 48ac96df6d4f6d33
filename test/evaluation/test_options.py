"""Options that experiments share."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import pytest

from diffusion_mpc_ros.evaluation.options import add_result_arguments, figure_path, positive, sized


@dataclass(frozen=True)
class Size:
    envs: int = 8
    candidates: tuple[int, ...] = (1, 10)


def test_what_is_given_replaces_what_is_set() -> None:
    assert sized(argparse.Namespace(envs=None, candidates=[2], other=5), Size()) == Size(8, (2,))
    assert sized(argparse.Namespace(envs=3), Size(candidates=(4,))) == Size(3, (4,))


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", ""])
def test_counts_are_whole_and_positive(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="expected a whole number above 0, got"):
        positive(text)
    assert positive("12") == 12


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], None),
        (["--json", "out/a.json"], Path("out/a.png")),
        (["--json", "out/a.json", "--figure", "b.png"], Path("b.png")),
    ],
)
def test_the_figure_goes_beside_the_result(options: list[str], expected: Path | None) -> None:
    parser = argparse.ArgumentParser()
    add_result_arguments(parser)
    assert figure_path(parser.parse_args(options)) == expected
