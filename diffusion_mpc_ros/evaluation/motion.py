"""How simulated robots truly moved, tick by tick: what the experiments measure."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.closed_loop.rollout import Controller, rollout
from diffusion_mpc_ros.simulation.batch import BatchedGo2


@dataclass(frozen=True)
class Motion:
    """N robots after a control tick."""

    command: np.ndarray  # (N, 3) v_x, v_y in m/s and yaw rate in rad/s
    velocity: np.ndarray  # (N, 3) the same of the trunk, body frame
    gravity: np.ndarray  # (N, 3) unit vector in the body frame
    q: np.ndarray  # (N, 12) rad
    dq: np.ndarray  # (N, 12) rad/s
    power: np.ndarray  # (N,) mechanical power of all motors over the tick, W
    alive: np.ndarray  # (N,) bool: has not fallen so far


def motions(robot: BatchedGo2, controller: Controller, commands: np.ndarray, steps: int) -> Iterator[Motion]:
    """The motion of freshly reset robots under constant commands (N, 3), after each of ``steps`` ticks."""
    for tick in rollout(robot, controller, commands, steps):
        q, dq = robot.qpos[:, 7:].copy(), robot.qvel[:, 6:].copy()
        yield Motion(commands, tick.velocity, robot.gravity(), q, dq, robot.power(), tick.alive)
