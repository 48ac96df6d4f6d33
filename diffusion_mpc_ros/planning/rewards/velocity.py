"""Reward term on the trunk's velocity, which a trajectory holds only by way of the legs."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from diffusion_mpc_ros.planning.compiled import compiled
from diffusion_mpc_ros.planning.leg_kinematics import Foot, foot, pull
from diffusion_mpc_ros.planning.leg_odometry import DEPTH_SCALE, estimate
from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.rewards.direction import unit_of
from diffusion_mpc_ros.planning.trajectory import ANGULAR_VELOCITY, COMMAND, GRAVITY, JOINT_POSITION, JOINT_VELOCITY

OMEGA, DOWN, ASKED, Q, DQ = (
    columns.start for columns in (ANGULAR_VELOCITY, GRAVITY, COMMAND, JOINT_POSITION, JOINT_VELOCITY)
)


@dataclass(frozen=True)
class VelocityTracking:
    """Obedience: -1/H sum_t (||v_xy,t - v_xy^cmd||^2 + yaw_gain (omega_z,t - yaw^cmd)^2), m^2/s^2.

    v is estimated by leg odometry (``leg_odometry.py``). The command is that of s_0 throughout: it is measured, and a
    constant of the gradient.
    """

    name: ClassVar[str] = "velocity_tracking"
    text: ClassVar[str] = "Weight of the penalty on deviations from the velocity command, s^2/m^2"

    yaw_gain: float = field(
        default=0.25, metadata=parameter("How much 1 (rad/s)^2 counts against 1 (m/s)^2", (0.0, 100.0))
    )

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        value = np.zeros(len(tau), tau.dtype)
        _add_value(tau.T, np.float32(self.yaw_gain), np.float32(-1.0 / tau.shape[1]), value)
        return value

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        _add_gradient(tau.T, np.float32(self.yaw_gain), np.float32(-2.0 * weight / tau.shape[1]), total.T)


@compiled
def _add_value(tau: np.ndarray, yaw_gain: np.float32, scale: np.float32, value: np.ndarray) -> None:
    said = np.empty((3, 4), tau.dtype)
    for m in range(tau.shape[2]):
        for t in range(tau.shape[1]):
            omega = _omega(tau, t, m)
            x, y, z, _ = unit_of(tau[DOWN, t, m], tau[DOWN + 1, t, m], tau[DOWN + 2, t, m])
            v_x, v_y = estimate(_feet(tau, t, m), omega, (x, y, z), said)
            x, y, yaw = v_x - tau[ASKED, 0, m], v_y - tau[ASKED + 1, 0, m], omega[2] - tau[ASKED + 2, 0, m]
            value[m] += scale * (x * x + y * y + yaw_gain * yaw * yaw)


@compiled
def _add_gradient(tau: np.ndarray, yaw_gain: np.float32, scale: np.float32, total: np.ndarray) -> None:
    """Derivative of scale/2 sum_t (...) by tau (57, H, M): backwards through the odometry, the feet and the legs."""
    said = np.empty((3, 4), tau.dtype)
    for t in range(tau.shape[1]):
        for m in range(tau.shape[2]):
            omega, feet = _omega(tau, t, m), _feet(tau, t, m)
            down_x, down_y, down_z, norm = unit_of(tau[DOWN, t, m], tau[DOWN + 1, t, m], tau[DOWN + 2, t, m])
            v_x, v_y = estimate(feet, omega, (down_x, down_y, down_z), said)
            by_x, by_y = scale * (v_x - tau[ASKED, 0, m]), scale * (v_y - tau[ASKED + 1, 0, m])
            total[OMEGA + 2, t, m] += yaw_gain * scale * (omega[2] - tau[ASKED + 2, 0, m])
            pull_x = pull_y = pull_z = 0 * norm  # by down
            for leg in range(4):
                at = feet[leg]
                along, across = said[2, leg] * by_x, said[2, leg] * by_y  # derivative by what the foot says
                by_depth = said[2, leg] / DEPTH_SCALE * (by_x * (said[0, leg] - v_x) + by_y * (said[1, leg] - v_y))
                total[OMEGA, t, m] += across * at.z
                total[OMEGA + 1, t, m] -= along * at.z
                total[OMEGA + 2, t, m] += along * at.y - across * at.x
                pull_x += by_depth * at.x
                pull_y += by_depth * at.y
                pull_z += by_depth * at.z
                by_q, by_dq = pull(
                    at,
                    by_depth * down_x - across * omega[2],
                    by_depth * down_y + along * omega[2],
                    by_depth * down_z - along * omega[1] + across * omega[0],
                    -along,
                    -across,
                )
                for joint in range(3):
                    total[Q + 3 * leg + joint, t, m] += by_q[joint]
                    total[DQ + 3 * leg + joint, t, m] += by_dq[joint]
            radial = pull_x * down_x + pull_y * down_y + pull_z * down_z
            total[DOWN, t, m] += (pull_x - radial * down_x) / norm
            total[DOWN + 1, t, m] += (pull_y - radial * down_y) / norm
            total[DOWN + 2, t, m] += (pull_z - radial * down_z) / norm


@compiled
def _omega(tau: np.ndarray, t: int, m: int) -> tuple[float, float, float]:
    return tau[OMEGA, t, m], tau[OMEGA + 1, t, m], tau[OMEGA + 2, t, m]


@compiled
def _feet(tau: np.ndarray, t: int, m: int) -> tuple[Foot, Foot, Foot, Foot]:
    return _foot(tau, 0, t, m), _foot(tau, 1, t, m), _foot(tau, 2, t, m), _foot(tau, 3, t, m)


@compiled
def _foot(tau: np.ndarray, leg: int, t: int, m: int) -> Foot:
    q, dq = Q + 3 * leg, DQ + 3 * leg
    return foot(
        leg, tau[q, t, m], tau[q + 1, t, m], tau[q + 2, t, m], tau[dq, t, m], tau[dq + 1, t, m], tau[dq + 2, t, m]
    )
