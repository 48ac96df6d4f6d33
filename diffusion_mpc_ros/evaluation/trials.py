"""Episodes of many simulated robots under one set of parameters, run as the robot runs them."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diffusion_mpc_ros.closed_loop.deployed_objective import deployed_objective
from diffusion_mpc_ros.closed_loop.rollout import DeployedPlanner
from diffusion_mpc_ros.evaluation.measures import PENALTIES, TRACKING, Outcome, measured
from diffusion_mpc_ros.evaluation.motion import Motion, motions
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.onnx_models import DENOISER_NAME, ENCODER_NAME, ModelBundle, quantity_file
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.planning.rewards.learned import READS
from diffusion_mpc_ros.robot.spec import LIMITS, SETUP
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.commands import CommandConfig, CommandSampler
from diffusion_mpc_ros.simulation.randomization import NOMINAL

MIXED = CommandConfig(standing=0.0)
"""Commands in every direction, half of them along one axis; who stands has nothing to adapt."""


@dataclass(frozen=True)
class Trial:
    """What is run: robots under the deployed planner in nominal physics.

    Attributes:
        parameters: of the objective, set over those of ``config/planner.yaml``.
        envs: robots.
        steps: control ticks.
        seed: decides commands, physics and sampling; the same for planners that are compared.
        command: v_x, v_y in m/s and yaw rate in rad/s of every robot, or None for a mix (``MIXED``).
    """

    parameters: Mapping[str, Any]
    envs: int
    steps: int
    seed: int
    command: tuple[float, float, float] | None = None


class Laboratory:
    """Runs trials of one model.

    Args:
        directory: of the bundle.
        threads: of the planner.

    Raises:
        BundleError: a bundle that cannot be used.
    """

    def __init__(self, directory: Path, threads: int) -> None:
        self._bundle = ModelBundle.load(directory, SETUP)
        self._threads = threads
        self._schema = ObjectiveSchema.of(LIMITS, self._bundle.schedule.num_steps, self._bundle.resources)

    def check(self, parameters: Mapping[str, Any]) -> None:
        """Raises ObjectiveError, a clause for each fault, for parameters that make no objective for this model."""
        deployed_objective(self._schema, parameters)

    def start(self, trial: Trial) -> tuple[BatchedGo2, Iterator[Motion]]:
        """The robots of a trial and their motion, which goes on as it is read.

        Raises:
            ObjectiveError: parameters that make no objective for this model.
        """
        objective = deployed_objective(self._schema, trial.parameters)
        planner = Planner(self._bundle, np.random.default_rng([trial.seed, 12]), self._threads)
        robot = BatchedGo2(trial.envs, NOMINAL, np.random.default_rng([trial.seed, 11]))
        if trial.command is None:
            commands = CommandSampler(trial.envs, MIXED, np.random.default_rng([trial.seed, 13])).commands
        else:
            commands = np.tile(trial.command, (trial.envs, 1))
        return robot, motions(robot, DeployedPlanner(planner, objective, ControllerConfig()), commands, trial.steps)

    def outcome(self, trial: Trial) -> Outcome:
        """Every penalty and the tracking of a trial."""
        _, episode = self.start(trial)
        return measured(episode, {**PENALTIES, **TRACKING})

    def description(self, trial: Trial) -> dict[str, Any]:
        """What the outcome depends on, besides the code: the trial and the model's files that it uses."""
        groups = {name.partition(".")[0] for name in trial.parameters}
        learned = [quantity for resource, quantity in READS.items() if resource.partition(".")[0] in groups]
        files = self._bundle.manifest.files
        used = {name: files.get(name) for name in (ENCODER_NAME, DENOISER_NAME, *map(quantity_file, learned))}
        return {"model": used, **asdict(trial)}
