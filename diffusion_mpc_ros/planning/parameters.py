"""Live parameters: what a configuration says about its fields, and how a value from outside is read.

A reward term, projection or setting is a frozen dataclass whose fields carry :func:`parameter` as metadata; from that
its parameters are declared, validated and documented. Rules that tie several fields together belong into its
``__post_init__``, as a ValueError whose text begins with the field's name.
"""

import dataclasses
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from numbers import Integral, Real
from typing import Any

import numpy as np

Value = bool | int | float | str | tuple[bool, ...] | tuple[float, ...] | tuple[str, ...]
Range = tuple[float, float]

ANGLE_RANGE = (-2.0 * np.pi, 2.0 * np.pi)
"""Sanity bounds of a joint angle, rad; the joints' own limits are data of the robot."""
FEW = 8
"""Choices up to which an error lists them all."""


@dataclass(frozen=True)
class ParameterSpec:
    """One parameter.

    Attributes:
        name: flat name, groups separated by dots.
        default: value when none is given; its type is the parameter's type, its length the parameter's length.
        text: what it does, with unit.
        range: inclusive bounds of the number, or of each element.
        choices: the words that a text may be.
        read_only: whether a change needs a restart.
        any_length: whether a list may be longer or shorter than its default; it is never empty.
    """

    name: str
    default: Value
    text: str
    range: Range | None = None
    choices: tuple[str, ...] = ()
    read_only: bool = False
    any_length: bool = False

    @property
    def length(self) -> str:
        """How many values it has, in words."""
        count = str(len(self.default)) if isinstance(self.default, tuple) else "one"
        return "one or more" if self.any_length else count

    def parse(self, value: Any) -> Value:
        """The value in the parameter's own type.

        Raises:
            ValueError: "expected ..., got ..." (without the name).
        """
        if not isinstance(self.default, tuple):
            scalar: Value = self._one(value, self.default)
            return scalar
        length = self.length
        if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
            raise ValueError(f"expected {length} values, got {value!r}")
        elements = list(value)
        if not elements or (len(elements) != len(self.default) and not self.any_length):
            raise ValueError(f"expected {length} values, got {len(elements)}")
        parsed = []
        for index, element in enumerate(elements):
            try:
                parsed.append(self._one(element, self.default[0]))
            except ValueError as error:
                raise ValueError(f"{error} at index {index}") from error
        return tuple(parsed)

    def _one(self, value: Any, like: Value) -> Any:
        return _word(value, self.choices) if isinstance(like, str) else _scalar(value, like, self.range)


def parameter(
    text: str, bounds: Range | None = None, choices: tuple[str, ...] = (), any_length: bool = False
) -> dict[str, Any]:
    """Metadata of a dataclass field that is a live parameter. Without a default, the schema has to supply one."""
    return {"text": text, "range": bounds, "choices": choices, "any_length": any_length}


def specs_of(group: str, config: type, defaults: Mapping[str, Value]) -> list[ParameterSpec]:
    """The parameters of a configuration class, named ``group.field``; ``defaults`` (full names) take precedence.

    Fields without metadata are no parameters.
    """
    specs = []
    for field in dataclasses.fields(config):
        if not field.metadata:
            continue
        name = f"{group}.{field.name}"
        default: Any = field.default
        specs.append(ParameterSpec(name, defaults.get(name, default), **field.metadata))
    return specs


def _word(value: Any, choices: tuple[str, ...]) -> str:
    if value in choices:
        return str(value)
    known = f"one of {', '.join(choices)}" if len(choices) <= FEW else f"a name such as {choices[0]}"
    near = get_close_matches(str(value), choices, n=1) if len(choices) > FEW else []
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise ValueError(f"expected {known}, got {value!r}{hint}")


def _scalar(value: Any, like: Value, bounds: Range | None) -> Any:
    if isinstance(like, bool):
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(f"expected true or false, got {value!r}")
        return bool(value)
    kind: Any = Integral if isinstance(like, int) else Real
    lower, upper = bounds or (-sys.float_info.max, sys.float_info.max)
    # NaN fails every comparison; an integer too large for a float fails like infinity does.
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, kind) or not lower <= value <= upper:
        noun = "a number" if kind is Real else "a whole number"
        within = "" if bounds is None else f" in [{lower:g}, {upper:g}]"
        raise ValueError(f"expected {noun}{within}, got {value!r}")
    return int(value) if isinstance(like, int) else float(value)
