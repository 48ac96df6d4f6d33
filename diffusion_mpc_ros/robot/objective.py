"""The planner's parameters with the Go2's numbers as their defaults."""

from diffusion_mpc_ros.planning.objective import Objective, objective_schema
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, STAND_POSE, VELOCITY_LIMIT

GO2_SCHEMA = objective_schema(JOINT_LOWER, JOINT_UPPER, VELOCITY_LIMIT, STAND_POSE)
"""Every live parameter of an objective for this robot."""


def default_objective() -> Objective:
    """Walk as the prior does: no reward weighs anything, the mechanical limits hold."""
    return Objective.from_parameters({}, GO2_SCHEMA)
