"""Presets of the objective, and the services that switch to them."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node
from std_srvs.srv import Trigger

from diffusion_mpc_ros.nodes.objective_parameters import ObjectiveParameters
from diffusion_mpc_ros.nodes.parameters import ParameterError
from diffusion_mpc_ros.planning.parameter_file import ParameterFileError, read_parameter_file
from diffusion_mpc_ros.planning.parameters import Value
from diffusion_mpc_ros.resources import resource_directory

DEFAULT = "default"
"""The objective the node was started with."""
NAME = re.compile(r"[a-z][a-z0-9_]*")

Answer = Callable[[Trigger.Request, Trigger.Response], Trigger.Response]


def offer(node: Node, parameters: ObjectiveParameters) -> None:
    """A service ``~/objective/NAME`` for every preset, and ``~/objective/default`` for the objective of the start.

    Declares the parameter ``presets``: a directory of the operator's own.

    Raises:
        ParameterError: no such directory, or a file that is no preset.
    """
    text = "Directory of presets of your own (*.yaml); one named as one of the package's takes its place"
    own = str(node.declare_parameter("presets", "", ParameterDescriptor(description=text, read_only=True)).value)
    targets = {name: parameters.live.switched(values) for name, values in _presets(own).items()}
    for name, target in {DEFAULT: parameters.live.start, **targets}.items():
        node.create_service(Trigger, f"~/objective/{name}", _answer(node, parameters, name, target))


def _presets(own: str) -> dict[str, dict[str, Any]]:
    directories = [resource_directory("config") / "objectives", *([Path(own)] if own else [])]
    if not directories[-1].is_dir():
        raise ParameterError(f"presets: expected a directory, got {own}")
    files = {file.stem: file for directory in directories for file in sorted(directory.glob("*.yaml"))}
    for name, file in files.items():
        if not NAME.fullmatch(name) or name == DEFAULT:
            raise ParameterError(f"{file}: expected a name of small letters, digits and _, and not {DEFAULT}")
    try:
        return {name: read_parameter_file(file) for name, file in files.items()}
    except ParameterFileError as error:
        raise ParameterError(str(error)) from error


def _answer(node: Node, parameters: ObjectiveParameters, name: str, target: Mapping[str, Any]) -> Answer:
    def answer(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        before = parameters.live.values
        result = parameters.set(target)
        after = parameters.live.values
        changed = [f"{key} = {_shown(value)}" for key, value in after.items() if value != before[key]]
        outcome = (", ".join(changed) or "nothing to change") if result.successful else f"refused: {result.reason}"
        response.success, response.message = result.successful, f"{name}: {outcome}"
        node.get_logger().info(response.message)
        return response

    return answer


def _shown(value: Value) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_shown(element) for element in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
