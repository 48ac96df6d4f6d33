"""ROS parameters from the same specifications that validate them."""

from collections.abc import Iterable
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.node import Node

from diffusion_mpc_ros.planning.parameters import ParameterSpec


class ParameterError(ValueError):
    """Parameters that a node cannot start with; the text names them."""


def declare(node: Node, spec: ParameterSpec) -> Any:
    """Declare one parameter and return its value, which may come from the command line or a file.

    Raises:
        rclpy.exceptions.ParameterException: the value breaks the descriptor's type or range.
    """
    default = list(spec.default) if isinstance(spec.default, tuple) else spec.default
    return node.declare_parameter(spec.name, default, descriptor(spec)).value


def read_text(node: Node, name: str, text: str) -> str:
    """Declare a read-only string parameter that has no default, and return its value.

    Raises:
        ParameterError: no value was given.
    """
    described = ParameterDescriptor(description=text, read_only=True)
    value = str(node.declare_parameter(name, "", described).value)
    if not value:
        raise ParameterError(f"{name}: expected a value, got none; give it as --ros-args -p {name}:=VALUE")
    return value


def read(node: Node, specs: Iterable[ParameterSpec]) -> dict[str, Any]:
    """Declare parameters and return their values, each in its own type.

    Raises:
        ParameterError: a clause for each value that does not fit its specification.
    """
    values, problems = {}, []
    for spec in specs:
        try:
            values[spec.name] = spec.parse(declare(node, spec))
        except ValueError as error:
            problems.append(f"{spec.name}: {error}")
    if problems:
        raise ParameterError("; ".join(problems))
    return values


def descriptor(spec: ParameterSpec) -> ParameterDescriptor:
    """Text, range and type of a parameter as tools show them.

    A command line turns ``1`` into an integer. Where a number or a list of numbers is meant, the type is therefore
    left open to ROS, and the specification decides.
    """
    example = spec.default[0] if isinstance(spec.default, tuple) else spec.default
    described = ParameterDescriptor(
        description=spec.text, read_only=spec.read_only, dynamic_typing=isinstance(example, float)
    )
    if spec.choices:
        described.additional_constraints = f"{spec.length} of {', '.join(spec.choices)}"
    elif spec.range is not None:
        lower, upper = spec.range
        if isinstance(spec.default, tuple):
            described.additional_constraints = f"{spec.length} values in [{lower:g}, {upper:g}]"
        elif isinstance(spec.default, int):
            described.integer_range = [IntegerRange(from_value=int(lower), to_value=int(upper), step=1)]
        else:
            described.floating_point_range = [FloatingPointRange(from_value=float(lower), to_value=float(upper))]
    elif isinstance(spec.default, tuple):
        described.additional_constraints = f"{spec.length} values"
    return described


def meant(value: Any, spec: ParameterSpec | None) -> Any:
    """Numbers where ``ros2 param set`` sends text: it takes neither ``1e6`` nor ``[0, 0.5]`` for numbers."""
    if spec is None or isinstance(spec.default[0] if isinstance(spec.default, tuple) else spec.default, str):
        return value
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        value = value[1:-1].split(",")
    try:
        if isinstance(value, list):
            return [float(element) if isinstance(element, str) else element for element in value]
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value
