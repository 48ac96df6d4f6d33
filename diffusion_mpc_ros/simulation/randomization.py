"""Domain randomisation: Table I of the paper, as ranges to draw each environment from."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from diffusion_mpc_ros.simulation.go2 import NOMINAL_FRICTION

Range = tuple[float, float]


@dataclass(frozen=True)
class Randomization:
    """Uniform ranges; the defaults leave the robot nominal."""

    payload: Range = (0.0, 0.0)
    """Mass added to the trunk, kg."""
    com_x: Range = (0.0, 0.0)
    """Displacement of the trunk's centre of mass, m."""
    com_y: Range = (0.0, 0.0)
    com_z: Range = (0.0, 0.0)
    friction: Range = (NOMINAL_FRICTION, NOMINAL_FRICTION)
    """Effective sliding friction between robot and ground."""
    initial_joint_scale: Range = (1.0, 1.0)
    """Joint positions at reset as multiples of the stand pose."""
    motor_strength: Range = (1.0, 1.0)
    """Multiplier of the motors' torque for the same command."""
    latency: Range = (0.0, 0.0)
    """Age of the proprioception that the controller sees, s."""
    nominal_share: float = 0.0
    """Share of the environments that stay nominal."""

    def scaled(self, share: float) -> "Randomization":
        """Ranges ``share`` of the way from nominal (0) to these (1)."""
        ranges: dict[str, Any] = {}
        for name in _RANGES:
            (low, high), (mild_low, mild_high) = getattr(self, name), getattr(NOMINAL, name)
            ranges[name] = (mild_low + share * (low - mild_low), mild_high + share * (high - mild_high))
        return replace(self, **ranges)

    def draw(self, num: int, rng: np.random.Generator) -> "Physics":
        """Parameters of ``num`` environments."""
        randomized = rng.random(num) >= self.nominal_share

        def uniform(name: str, *shape: int) -> np.ndarray:
            low, high = getattr(self, name)
            values: np.ndarray = rng.uniform(low, high, size=(num, *shape))
            values[~randomized] = np.mean(getattr(NOMINAL, name))
            return values

        return Physics(
            payload=uniform("payload"),
            com=np.stack([uniform(name) for name in ("com_x", "com_y", "com_z")], axis=-1),
            friction=uniform("friction"),
            initial_joint_scale=uniform("initial_joint_scale", 12),
            motor_strength=uniform("motor_strength", 12),
            latency=uniform("latency"),
        )


@dataclass
class Physics:
    """Physical parameters of N environments."""

    payload: np.ndarray  # (N,) kg
    com: np.ndarray  # (N, 3) m
    friction: np.ndarray  # (N,)
    initial_joint_scale: np.ndarray  # (N, 12)
    motor_strength: np.ndarray  # (N, 12)
    latency: np.ndarray  # (N,) s

    def set(self, ids: np.ndarray, drawn: "Physics") -> None:
        """Overwrite the rows ``ids``."""
        for name, values in vars(drawn).items():
            getattr(self, name)[ids] = values

    def as_features(self) -> np.ndarray:
        """All of them as (N, 30) float32 for a privileged critic."""
        columns = [np.reshape(values, (len(self.payload), -1)) for values in vars(self).values()]
        return np.concatenate(columns, axis=1).astype(np.float32)


NOMINAL = Randomization()
_RANGES = tuple(field.name for field in fields(Randomization) if field.name != "nominal_share")

TABLE_I = Randomization(
    payload=(1.0, 3.0),
    com_x=(-0.2, 0.2),
    com_y=(-0.1, 0.1),
    com_z=(-0.05, 0.05),
    # The paper's robot friction of 0 to 2 on ground of 1, averaged by Isaac Gym, is an effective 0.5 to 1.5.
    friction=(0.5, 1.5),
    initial_joint_scale=(0.5, 1.5),
    motor_strength=(0.9, 1.1),
    latency=(0.005, 0.045),
)
"""Table I. "Mass position" is read as a displacement of the trunk's centre of mass."""
