"""What an IMU adds to the truth: noise at every tick and a bias that stays."""

import numpy as np

from diffusion_mpc_ros.simulation.physics import Physics


class ImuErrors:
    """Errors of N IMUs; new noise at each ``step``."""

    def __init__(self, num_envs: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._noise = np.zeros((num_envs, 5))
        """Standard normal: angular velocity 3, roll, pitch."""

    def step(self, physics: Physics) -> None:
        """Advance one control tick."""
        if physics.gyro_noise.any() or physics.tilt_noise.any():
            self._noise = self._rng.standard_normal(self._noise.shape)

    def angular_velocity(self, true: np.ndarray, physics: Physics) -> np.ndarray:
        """Sensed angular velocity (N, 3) in the body frame, rad/s."""
        return true + physics.gyro_bias + physics.gyro_noise[:, None] * self._noise[:, :3]

    def gravity(self, true: np.ndarray, physics: Physics) -> np.ndarray:
        """Sensed direction (N, 3) of gravity in the body frame, from the true one."""
        roll, pitch = (physics.tilt_bias + physics.tilt_noise[:, None] * self._noise[:, 3:]).T
        turned = true + np.cross(np.stack([roll, pitch, np.zeros_like(roll)], axis=-1), true)  # a small rotation
        return turned / np.linalg.norm(turned, axis=-1, keepdims=True)
