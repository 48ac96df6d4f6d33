"""What only the simulation knows of a robot, for those who may be told: its true velocity and how it is built."""

import math
from collections.abc import Iterator

import numpy as np

from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.physics import SHAPES, Physics
from diffusion_mpc_ros.simulation.randomization import AXES, TABLE_I

PARAMETERS = tuple(name for axis in TABLE_I.axes for name in AXES[axis])
"""Parameters of a robot's physics that are told."""
PRIVILEGED_WIDTH = 3 + sum(math.prod(SHAPES[name]) for name in PARAMETERS)


def privileged(robot: BatchedGo2) -> np.ndarray:
    """Velocity of the trunk and parameters of its physics, (N, 33) of order one."""
    return np.concatenate([2.0 * robot.linear_velocity(), *_scaled(robot.physics)], axis=1, dtype=np.float32)


def _scaled(physics: Physics) -> Iterator[np.ndarray]:
    """Parameters (N, ...), -1 and 1 at the ends of their ranges in Table I."""
    for name in PARAMETERS:
        low, high = getattr(TABLE_I, name)
        values = np.reshape(getattr(physics, name), (len(physics.payload), -1))
        yield (2.0 * values - (low + high)) / (high - low)
