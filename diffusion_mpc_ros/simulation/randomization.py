"""Domain randomisation: Table I of the paper, as ranges to draw each environment from."""

from dataclasses import dataclass, fields

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

    def scaled(self, share: float) -> "Randomization":
        """Ranges ``share`` of the way from nominal (0) to these (1)."""
        nominal = Randomization()
        ranges = {}
        for field in fields(self):
            (low, high), (mild_low, mild_high) = getattr(self, field.name), getattr(nominal, field.name)
            ranges[field.name] = (mild_low + share * (low - mild_low), mild_high + share * (high - mild_high))
        return Randomization(**ranges)

    def draw(self, num: int, rng: np.random.Generator) -> "Physics":
        """Parameters of ``num`` environments."""

        def uniform(bounds: Range, *shape: int) -> np.ndarray:
            return rng.uniform(*bounds, size=(num, *shape))

        com = np.stack([uniform(bounds) for bounds in (self.com_x, self.com_y, self.com_z)], axis=-1)
        return Physics(
            payload=uniform(self.payload),
            com=com,
            friction=uniform(self.friction),
            motor_strength=uniform(self.motor_strength, 12),
            latency=uniform(self.latency),
        )


@dataclass
class Physics:
    """Physical parameters of N environments."""

    payload: np.ndarray  # (N,) kg
    com: np.ndarray  # (N, 3) m
    friction: np.ndarray  # (N,)
    motor_strength: np.ndarray  # (N, 12)
    latency: np.ndarray  # (N,) s

    def set(self, ids: np.ndarray, drawn: "Physics") -> None:
        """Overwrite the rows ``ids``."""
        for name, values in vars(drawn).items():
            getattr(self, name)[ids] = values

    def as_features(self) -> np.ndarray:
        """All of them as (N, 18) float32 for a privileged critic."""
        columns = [np.reshape(values, (len(self.payload), -1)) for values in vars(self).values()]
        return np.concatenate(columns, axis=1).astype(np.float32)


NOMINAL = Randomization()

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
