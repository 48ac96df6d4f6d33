"""Velocity commands for many environments, changing at random times."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.planning.trajectory import DT


@dataclass(frozen=True)
class CommandConfig:
    """Ranges in m/s and rad/s; shares are probabilities of a drawn command having that kind."""

    v_x: tuple[float, float] = (-1.0, 1.0)
    v_y: tuple[float, float] = (-0.5, 0.5)
    yaw_rate: tuple[float, float] = (-1.0, 1.0)
    standing: float = 0.1
    """Share of commands that are zero."""
    single_axis: float = 0.45
    """Share of commands along one axis only: what operators ask for most, and corners of the cube rarely hold."""
    hold_s: float = 4.0
    """Mean time a command is held, s (exponentially distributed)."""


CORRECTED = CommandConfig(v_x=(-1.3, 1.3), v_y=(-0.65, 0.65), yaw_rate=(-1.3, 1.3))
"""What a planner is asked for whose user asks for less: velocity feedback adds what the robot lacks."""


class CommandSampler:
    """Holds ``commands`` (N, 3): v_x, v_y in m/s and yaw rate in rad/s."""

    def __init__(self, num_envs: int, config: CommandConfig, rng: np.random.Generator) -> None:
        self.config = config
        self._rng = rng
        self.commands = self._draw(num_envs)

    def reset(self, ids: np.ndarray) -> None:
        """New commands for the environments ``ids``."""
        self.commands[ids] = self._draw(len(ids))

    def step(self) -> None:
        """Advance one control tick."""
        self.reset(np.flatnonzero(self._rng.random(len(self.commands)) < DT / self.config.hold_s))

    def _draw(self, num: int) -> np.ndarray:
        config, rng = self.config, self._rng
        low, high = np.transpose([config.v_x, config.v_y, config.yaw_rate])
        commands = rng.uniform(low, high, size=(num, 3))
        kind = rng.random(num)
        axis = rng.choice(3, size=num, p=[0.5, 0.25, 0.25])
        single = kind < config.standing + config.single_axis
        commands[single] *= np.eye(3)[axis[single]]
        commands[kind < config.standing] = 0.0
        return commands
