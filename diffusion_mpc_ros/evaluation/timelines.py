"""When plans are made, act, and what they reuse: what `evaluate response` and `evaluate replanning` compare."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diffusion_mpc_ros.closed_loop.deployed_objective import deployed_objective
from diffusion_mpc_ros.closed_loop.rollout import DeployedPlanner
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.robot.spec import LIMITS


@dataclass(frozen=True)
class Timeline:
    """A way to deploy the planner.

    Attributes:
        controller: margin D and period.
        parameters: of the planner, set over the packaged ones.
    """

    controller: ControllerConfig
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def driver(self, bundle: ModelBundle, generator: np.random.Generator, threads: int) -> DeployedPlanner:
        """Drives simulated robots by this."""
        schema = ObjectiveSchema.of(LIMITS, bundle.schedule.num_steps, bundle.resources)
        planner = Planner(bundle, generator, threads)
        return DeployedPlanner(planner, deployed_objective(schema, self.parameters), self.controller)


OURS = ControllerConfig()
PAPER = ControllerConfig(margin=3, replan_period=0)
"""A plan every eight ticks that takes over three ticks later (section IV-D)."""
EVERY_FOURTH = ControllerConfig(replan_period=4)
AT_ONCE = ControllerConfig(margin=0)
"""Plans act within the tick of their observation."""
LIKELY = {"sampler.temperature": 0.0}
"""Plans without noise: one gait, whatever is drawn."""
COHERENT = {"sampler.coherence": 100.0, "sampler.temperature": 0.5}
"""Candidates that go on with the plan before are preferred."""
CACHED = {"cache.steps": 7}
"""m of Table VI."""
NEVER_REFRESHED = {**CACHED, "cache.command_jump": 10.0, "cache.state_jump": 10.0, "cache.max_age": 1000}
