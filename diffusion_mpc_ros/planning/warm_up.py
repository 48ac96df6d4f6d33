"""Plans made ahead of time, so that none on the robot's time is slow."""

import numpy as np

from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.planning.trajectory import PREVIOUS_ACTION

PLANS = 5
"""Of the objective in force: memory is allocated by the first."""


def warm_up(planner: Planner, schema: ObjectiveSchema, objective: Objective, observation: np.ndarray) -> None:
    """Run every compiled loop once, then plan for the objective as it is; the planner remembers none of it.

    Args:
        observation: (1, 45) of a robot at rest, whose last action is to be held.
    """
    committed = observation[:, None, PREVIOUS_ACTION]
    for each in (schema.everything(), *[objective] * PLANS):
        planner.plan(observation, each, 0, committed)
    planner.reset()
