"""Reward term on the trunk's velocity, which a trajectory holds only by way of the legs."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from diffusion_mpc_ros.planning.leg_kinematics import by_leg
from diffusion_mpc_ros.planning.leg_odometry import LegOdometry
from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.rewards.direction import through_unit, unit
from diffusion_mpc_ros.planning.trajectory import (
    ANGULAR_VELOCITY,
    COMMAND,
    GRAVITY,
    JOINT_POSITION,
    JOINT_VELOCITY,
    STATE,
)


@dataclass(frozen=True)
class VelocityTracking:
    """Obedience: -1/H sum_t (||v_xy,t - v_xy^cmd||^2 + yaw_gain (omega_z,t - yaw^cmd)^2), m^2/s^2.

    v is estimated by leg odometry (``leg_odometry.py``). The command is that of s_0 throughout: it is measured, and a
    constant of the gradient.
    """

    name: ClassVar[str] = "velocity_tracking"
    text: ClassVar[str] = "Weight of the penalty on deviations from the velocity command, s^2/m^2"
    columns: ClassVar[slice] = slice(STATE.start, JOINT_VELOCITY.stop)

    yaw_gain: float = field(
        default=0.25, metadata=parameter("How much 1 (rad/s)^2 counts against 1 (m/s)^2", (0.0, 100.0))
    )

    def _estimate(self, tau: np.ndarray, down: np.ndarray) -> tuple[LegOdometry, np.ndarray]:
        """The odometry, and v_x, v_y and yaw rate minus the commanded ones, (3, M, H)."""
        omega, command = _first(tau[..., ANGULAR_VELOCITY]), _first(tau[:, :1, COMMAND])
        q, dq = by_leg(tau[..., JOINT_POSITION]), by_leg(tau[..., JOINT_VELOCITY])
        odometry = LegOdometry.at(omega, _first(down), q, dq)
        error = np.empty_like(omega)
        np.subtract(odometry.velocity, command[:2], out=error[:2])
        np.subtract(omega[2], command[2], out=error[2])
        return odometry, error

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        down, _ = unit(tau[..., GRAVITY])
        _, (x, y, yaw) = self._estimate(tau, down)
        return -np.mean(x * x + y * y + self.yaw_gain * yaw * yaw, axis=1)

    def gradient(self, tau: np.ndarray, k: int) -> np.ndarray:
        down, norm = unit(tau[..., GRAVITY])
        odometry, error = self._estimate(tau, down)
        error *= -2.0 / tau.shape[1]
        gradient = np.empty_like(tau[..., self.columns])
        gradient[..., COMMAND] = 0.0
        by_omega, by_down = _first(gradient[..., ANGULAR_VELOCITY]), _first(gradient[..., GRAVITY])
        by_q, by_dq = by_leg(gradient[..., JOINT_POSITION]), by_leg(gradient[..., JOINT_VELOCITY])
        odometry.pull(error[:2], by_omega, by_down, by_q, by_dq)
        by_omega[2] += self.yaw_gain * error[2]
        gradient[..., GRAVITY] = through_unit(gradient[..., GRAVITY], down, norm)
        return gradient


def _first(vectors: np.ndarray) -> np.ndarray:
    """(M, H, 3) as (3, M, H), the same memory."""
    return vectors.transpose(2, 0, 1)
