"""ROS parameter files, read without ROS."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml


class ParameterFileError(ValueError):
    """A file that is no parameter file; the text names it."""


def read_parameter_file(path: Path) -> dict[str, Any]:
    """The parameters that a file gives to every node (``/**: ros__parameters:``), by their flat names.

    Raises:
        ParameterFileError: no such file, no YAML, or parameters for particular nodes.
    """
    try:
        document = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ParameterFileError(f"{path}: {' '.join(str(error).split())}") from error
    match document:
        case {"/**": {"ros__parameters": Mapping() as tree}} if len(document) == 1:
            return dict(_flattened(tree))
    raise ParameterFileError(f"{path}: expected parameters below '/**: ros__parameters:' and nothing else")


def _flattened(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
