"""The physical parameters in which environments differ."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

SHAPES: Mapping[str, tuple[int, ...]] = {
    "payload": (),
    "com_x": (),
    "com_y": (),
    "com_z": (),
    "friction": (),
    "initial_joint_scale": (12,),
    "motor_strength": (12,),
    "latency": (),
    "joint_friction": (12,),
    "armature": (12,),
    "stiffness": (12,),
    "damping": (12,),
    "action_delay": (),
    "gyro_noise": (),
    "gyro_bias": (3,),
    "tilt_noise": (),
    "tilt_bias": (2,),
    "roughness": (),
    "slope_x": (),
    "slope_y": (),
    "push": (),
}
"""Of each parameter in one environment. What these are: the ranges of ``Randomization`` by the same names."""


@dataclass
class Physics:
    """Parameters of N environments, each (N, *shape); names, units and meaning are those of ``Randomization``."""

    payload: np.ndarray
    com_x: np.ndarray
    com_y: np.ndarray
    com_z: np.ndarray
    friction: np.ndarray
    initial_joint_scale: np.ndarray
    motor_strength: np.ndarray
    latency: np.ndarray
    joint_friction: np.ndarray
    armature: np.ndarray
    stiffness: np.ndarray
    damping: np.ndarray
    action_delay: np.ndarray
    gyro_noise: np.ndarray
    gyro_bias: np.ndarray
    tilt_noise: np.ndarray
    tilt_bias: np.ndarray
    roughness: np.ndarray
    slope_x: np.ndarray
    slope_y: np.ndarray
    push: np.ndarray

    @property
    def com(self) -> np.ndarray:
        """Displacement (N, 3) of the trunk's centre of mass, m."""
        return np.stack([self.com_x, self.com_y, self.com_z], axis=-1)

    @property
    def down(self) -> np.ndarray:
        """Unit vector (N, 3) of gravity in the frame of the ground, whose z axis is its normal."""
        vector = -np.stack([np.tan(self.slope_x), np.tan(self.slope_y), np.ones_like(self.slope_x)], axis=-1)
        return vector / np.linalg.norm(vector, axis=-1, keepdims=True)

    def set(self, ids: np.ndarray, drawn: "Physics") -> None:
        """Overwrite the rows ``ids``."""
        for name, values in vars(drawn).items():
            getattr(self, name)[ids] = values
