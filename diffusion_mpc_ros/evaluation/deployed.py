"""The objective that the robot's planner starts with, read from the parameter file that the launch files use."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.resources import resource_directory


def deployed_objective(schema: ObjectiveSchema) -> Objective:
    """The objective of ``config/planner.yaml``; parameters of the node that are not the objective's are left out."""
    document = yaml.safe_load((resource_directory("config") / "planner.yaml").read_text())
    known = {spec.name for spec in schema.specs}
    parameters = dict(_flattened(document["/**"]["ros__parameters"]))
    return schema.objective({name: value for name, value in parameters.items() if name in known})


def _flattened(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
