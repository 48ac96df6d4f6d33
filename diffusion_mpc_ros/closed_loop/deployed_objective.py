"""The objective that the robot's planner starts with, read from the parameter file that the launch files use."""

from collections.abc import Mapping
from typing import Any

from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.parameter_file import read_parameter_file
from diffusion_mpc_ros.resources import resource_directory


def deployed_objective(
    schema: ObjectiveSchema, changes: Mapping[str, Any] | None = None, revision: int = 0
) -> Objective:
    """The objective of ``config/planner.yaml``; parameters of the node that are not the objective's are left out.

    ``changes`` are parameters set over it.
    """
    parameters = read_parameter_file(resource_directory("config") / "planner.yaml")
    known = {spec.name for spec in schema.specs}
    deployed = {name: value for name, value in parameters.items() if name in known}
    return schema.objective({**deployed, **(changes or {})}, revision)


def preset(name: str) -> dict[str, Any]:
    """The parameters of ``config/objectives/NAME.yaml``."""
    return read_parameter_file(resource_directory("config") / "objectives" / f"{name}.yaml")
