"""The objective that the robot's planner starts with, read from the parameter file that the launch files use."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from diffusion_mpc_ros.planning.objective import Objective, objective_schema
from diffusion_mpc_ros.resources import resource_directory
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, STAND_POSE, VELOCITY_LIMIT

SCHEMA = objective_schema(JOINT_LOWER, JOINT_UPPER, VELOCITY_LIMIT, STAND_POSE)
"""Every parameter of an objective for this robot."""


def deployed_objective() -> Objective:
    """The objective of ``config/planner.yaml``; parameters of the node that are not the objective's are left out."""
    document = yaml.safe_load((resource_directory("config") / "planner.yaml").read_text())
    known = {spec.name for spec in SCHEMA}
    parameters = dict(_flattened(document["/**"]["ros__parameters"]))
    return Objective.from_parameters({name: value for name, value in parameters.items() if name in known}, SCHEMA)


def _flattened(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
