"""Reward term on the trunk's velocity, which a trajectory holds only by way of the legs."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from diffusion_mpc_ros.planning.leg_kinematics import by_joint, by_leg
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

    def _estimate(self, tau: np.ndarray) -> tuple[LegOdometry, np.ndarray]:
        """The odometry, and v_x, v_y and yaw rate minus the commanded ones, (3, M, H)."""
        omega, command = _first(tau[..., ANGULAR_VELOCITY]), _first(tau[:, :1, COMMAND])
        down, _ = unit(tau[..., GRAVITY])
        odometry = LegOdometry.at(
            omega, _first(down), by_leg(tau[..., JOINT_POSITION]), by_leg(tau[..., JOINT_VELOCITY])
        )
        return odometry, np.stack([*odometry.velocity[:2], omega[2]]) - command

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        _, (x, y, yaw) = self._estimate(tau)
        return -np.mean(x * x + y * y + self.yaw_gain * yaw * yaw, axis=1)

    def gradient(self, tau: np.ndarray, k: int) -> np.ndarray:
        odometry, error = self._estimate(tau)
        error *= -2.0 / tau.shape[1]
        x, y, yaw = error
        omega, down, q, dq = odometry.gradient(np.stack([x, y, np.zeros_like(x)]))
        omega[2] += self.yaw_gain * yaw
        gradient = np.zeros_like(tau[..., self.columns])
        gradient[..., ANGULAR_VELOCITY] = _last(omega)
        gradient[..., GRAVITY] = through_unit(_last(down), *unit(tau[..., GRAVITY]))
        gradient[..., JOINT_POSITION] = by_joint(q)
        gradient[..., JOINT_VELOCITY] = by_joint(dq)
        return gradient


def _first(vectors: np.ndarray) -> np.ndarray:
    """(M, H, 3) as (3, M, H)."""
    return np.ascontiguousarray(np.moveaxis(vectors, -1, 0))


def _last(vectors: np.ndarray) -> np.ndarray:
    """(3, M, H) as (M, H, 3)."""
    return np.moveaxis(vectors, 0, -1)
