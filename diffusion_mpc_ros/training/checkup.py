"""How well a planner in training walks: survival and velocity deviation on robots that are the same every time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffusion_mpc_ros.closed_loop.commands import COMMANDS
from diffusion_mpc_ros.closed_loop.rollout import Controller, rollout
from diffusion_mpc_ros.closed_loop.score import score
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.randomization import Randomization
from diffusion_mpc_ros.training import parallel


@dataclass(frozen=True)
class CheckupConfig:
    """Its size, and what decides its randomness."""

    num_envs: int = 64
    """Robots of each command."""
    steps: int = 500
    seed: int = 1000
    """Far from those of ``evaluate``: what a checkpoint is chosen on is not what is reported."""


def checkup(
    controller: Callable[[np.random.Generator], Controller], randomization: Randomization, config: CheckupConfig
) -> dict[str, Any]:
    """Walk to each of COMMANDS. The commands are shared among the processes of a training.

    Returns:
        ``survival`` and ``velocity_error`` by command, and ``merit``, the mean of the one less the other over them.
    """
    scores = parallel.gathered(
        [_walk(controller, randomization, config, command) for command in parallel.mine(COMMANDS)]
    )
    return {
        "survival": [survival for survival, _ in scores],
        "velocity_error": [error for _, error in scores],
        "merit": float(np.mean([survival - error for survival, error in scores])),
    }


def _walk(
    controller: Callable[[np.random.Generator], Controller],
    randomization: Randomization,
    config: CheckupConfig,
    command: tuple[float, float, float],
) -> tuple[float, float]:
    """Survival and velocity deviation at one command; a deviation of 1 where nobody survived."""
    robot = BatchedGo2(config.num_envs, randomization, np.random.default_rng([config.seed, 61]))
    commands = np.tile(command, (config.num_envs, 1))
    driver = controller(np.random.default_rng([config.seed, 62]))
    (result,) = score(rollout(robot, driver, commands, config.steps), commands, np.zeros(config.num_envs, np.intp))
    return result.survival, float(np.nan_to_num(result.velocity_error, nan=1.0))
