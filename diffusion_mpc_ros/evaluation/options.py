"""Command line options that several experiments have."""

import argparse
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def positive(text: str) -> int:
    """An option's whole number above 0."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """``--model`` and ``--threads``."""
    parser.add_argument(
        "--model", default="walk", help="bundle: name in models/, or path with a slash (default: %(default)s)"
    )
    parser.add_argument("--threads", type=positive, default=2, help="threads of the planner")


def add_result_arguments(parser: argparse.ArgumentParser) -> None:
    """``--json`` and ``--figure``."""
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--figure", type=Path, help="PNG to draw (default: beside the JSON)")


def figure_path(args: argparse.Namespace) -> Path | None:
    """Where the figure goes: to ``--figure``, else beside ``--json``, else nowhere."""
    if args.figure is not None:
        return Path(args.figure)
    return None if args.json is None else Path(args.json).with_suffix(".png")


def sized(args: argparse.Namespace, default: T) -> T:
    """The configuration ``default`` with what the options of its fields' names say."""
    given = {field.name: getattr(args, field.name, None) for field in fields(default)}
    chosen = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return replace(default, **{name: value for name, value in chosen.items() if value is not None})
