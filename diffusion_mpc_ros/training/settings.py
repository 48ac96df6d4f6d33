"""Training settings: one YAML file, checked against the dataclasses of the stages it configures."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


class SettingsError(ValueError):
    """A settings file that cannot be used; the message names the field."""


def read_settings(path: Path) -> dict[str, Any]:
    """The sections of a settings file."""
    try:
        settings = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(settings, dict):
        raise SettingsError(f"{path}: expected a mapping of sections, got {type(settings).__name__}")
    return settings


def section(settings: Mapping[str, Any], name: str, kind: type[T]) -> T:
    """Section ``name`` as a dataclass ``kind``; fields left out keep their defaults, in a nested
    section those of its own dataclass.

    Raises SettingsError for a field that ``kind`` does not have or a value of another type.
    """
    values = dict(settings.get(name) or {})
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for key, value in values.items():
        if key not in fields:
            raise SettingsError(f"{name}.{key}: expected one of {', '.join(fields)}")
        default = fields[key].default
        number = isinstance(default, (int, float)) and not isinstance(default, bool)
        if number and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise SettingsError(f"{name}.{key}: expected a number, got {value!r}")
        if isinstance(default, str) and not isinstance(value, str):
            raise SettingsError(f"{name}.{key}: expected text, got {value!r}")
        factory = fields[key].default_factory
        nested = default if factory is dataclasses.MISSING else factory()
        if dataclasses.is_dataclass(nested) and not isinstance(nested, type) and isinstance(value, Mapping):
            values[key] = section({f"{name}.{key}": value}, f"{name}.{key}", type(nested))
    return kind(**values)
