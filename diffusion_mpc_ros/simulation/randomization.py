"""Domain randomisation, as ranges to draw each environment from: Table I of the paper, and what the robot brings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diffusion_mpc_ros.simulation.go2 import ARMATURE, NOMINAL_FRICTION
from diffusion_mpc_ros.simulation.physics import SHAPES, Physics

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
    joint_friction: Range = (0.0, 0.0)
    """Dry friction of the joints, N m."""
    armature: Range = (ARMATURE, ARMATURE)
    """Reflected inertia of the rotors, kg m^2."""
    stiffness: Range = (1.0, 1.0)
    """Multiplier of the motors' proportional gain."""
    damping: Range = (1.0, 1.0)
    """Multiplier of the motors' derivative gain."""
    action_delay: Range = (0.0, 0.0)
    """Time until the motors hear of a new target, s; at most one control tick."""
    gyro_noise: Range = (0.0, 0.0)
    """Standard deviation of the sensed angular velocity, rad/s."""
    gyro_bias: Range = (0.0, 0.0)
    """Its constant error about each axis, rad/s."""
    tilt_noise: Range = (0.0, 0.0)
    """Standard deviation of the sensed orientation about roll and pitch, rad."""
    tilt_bias: Range = (0.0, 0.0)
    """Its constant error about roll and about pitch, rad."""
    roughness: Range = (0.0, 0.0)
    """Amplitude of the ground's height (``terrain.py``), m."""
    slope_x: Range = (0.0, 0.0)
    """Incline of the ground towards where the robot faces at the start, rad; positive is uphill."""
    slope_y: Range = (0.0, 0.0)
    """The same towards its left."""
    push: Range = (0.0, 0.0)
    """Largest horizontal velocity that a push adds to the trunk along each axis, m/s; pushes come at random times."""
    nominal_share: float = 0.0
    """Share of the environments that stay nominal."""
    mixed_share: float = 0.0
    """Share of the environments in which each of ``AXES`` stays nominal at even odds: some differ in one thing only."""
    replicas: int = 1
    """How many environments in a row are drawn, and pushed, alike."""

    def scaled(self, share: float) -> "Randomization":
        """Ranges ``share`` of the way from nominal (0) to these (1)."""
        ranges: dict[str, Any] = {}
        for name in RANGES:
            (low, high), (mild_low, mild_high) = getattr(self, name), getattr(NOMINAL, name)
            ranges[name] = (mild_low + share * (low - mild_low), mild_high + share * (high - mild_high))
        return replace(self, **ranges)

    def only(self, *axes: str) -> "Randomization":
        """These ranges in the axes named (of ``AXES``), nominal ones in all others."""
        kept = {name for axis in axes for name in AXES[axis]}
        return replace(self, **{name: getattr(NOMINAL, name) for name in RANGES if name not in kept})

    def without(self, *axes: str) -> "Randomization":
        """Nominal ranges in the axes named, these ones in all others."""
        return self.only(*(axis for axis in AXES if axis not in axes))

    @property
    def axes(self) -> tuple[str, ...]:
        """Which of ``AXES`` are not nominal."""
        differ = {name for name in RANGES if tuple(getattr(self, name)) != getattr(NOMINAL, name)}
        return tuple(axis for axis, names in AXES.items() if differ.intersection(names))

    def draw(self, num: int, rng: np.random.Generator) -> Physics:
        """Parameters of ``num`` environments."""
        families = -(-num // self.replicas)
        kind = rng.random(families)
        values = {}
        for name in RANGES:
            (low, high), shape = getattr(self, name), (families, *SHAPES[name])
            values[name] = np.full(shape, low) if low == high else rng.uniform(low, high, size=shape)
        mixed = (kind >= self.nominal_share) & (kind < self.nominal_share + self.mixed_share)
        for names in AXES.values():
            nominal = kind < self.nominal_share
            if mixed.any():
                nominal |= mixed & (rng.random(families) < 0.5)
            for name in names:
                values[name][nominal] = np.mean(getattr(NOMINAL, name))
        return Physics(**{name: np.repeat(drawn, self.replicas, axis=0)[:num] for name, drawn in values.items()})


RANGES = tuple(SHAPES)
NOMINAL = Randomization()

AXES: Mapping[str, tuple[str, ...]] = {
    "payload": ("payload",),
    "centre_of_mass": ("com_x", "com_y", "com_z"),
    "friction": ("friction",),
    "initial_joints": ("initial_joint_scale",),
    "motor_strength": ("motor_strength",),
    "latency": ("latency",),
    "joint_friction": ("joint_friction",),
    "armature": ("armature",),
    "gains": ("stiffness", "damping"),
    "action_delay": ("action_delay",),
    "imu": ("gyro_noise", "gyro_bias", "tilt_noise", "tilt_bias"),
    "terrain": ("roughness",),
    "slope": ("slope_x", "slope_y"),
    "pushes": ("push",),
}
"""Ranges that belong together, to be switched on one at a time."""

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

REAL = replace(
    TABLE_I,
    joint_friction=(0.0, 0.4),
    armature=(0.5 * ARMATURE, 1.5 * ARMATURE),
    stiffness=(0.9, 1.1),
    damping=(0.8, 1.2),
    action_delay=(0.0, 0.01),
    gyro_noise=(0.0, 0.05),
    gyro_bias=(-0.05, 0.05),
    tilt_noise=(0.0, 0.01),
    tilt_bias=(-0.03, 0.03),
    roughness=(0.0, 0.04),
    slope_x=(-0.2618, 0.2618),
    slope_y=(-0.1, 0.1),
    push=(0.0, 0.8),
)
"""Table I and what the robot and the ground outside bring beside it. Dry friction is around the 0.2 N m of Unitree's
own MuJoCo model; slopes reach 15 degrees; the other ranges are ours."""
