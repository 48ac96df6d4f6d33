"""Reward term on the trunk's velocity, which a trajectory holds only by way of the legs."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from diffusion_mpc_ros.planning.compiled import compiled, inlined
from diffusion_mpc_ros.planning.leg_kinematics import Foot, foot, pull
from diffusion_mpc_ros.planning.leg_odometry import DEPTH_SCALE, depth, velocity, weigh
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
    """value (M,) += scale sum_t (...) of tau (57, H, M)."""
    _, weights, said = _estimates(tau)
    for t in range(tau.shape[1]):
        for m in range(tau.shape[2]):
            v_x, v_y = _mean(weights[t], said[t, 0], m), _mean(weights[t], said[t, 1], m)
            x, y, yaw = v_x - tau[ASKED, 0, m], v_y - tau[ASKED + 1, 0, m], tau[OMEGA + 2, t, m] - tau[ASKED + 2, 0, m]
            value[m] += scale * (x * x + y * y + yaw_gain * yaw * yaw)


@compiled
def _add_gradient(tau: np.ndarray, yaw_gain: np.float32, scale: np.float32, total: np.ndarray) -> None:
    """Derivative of scale/2 sum_t (...) by tau (57, H, M): backwards through the odometry, the feet and the legs.

    The feet are worked out anew where they are needed, and the legs' part is added in a loop of its own: of such loops
    the compiler makes vector instructions.
    """
    down, weights, said = _estimates(tau)
    scratch = np.empty((14, tau.shape[2]), tau.dtype)
    slope, by_foot, by_down, by_leg = scratch[:2], scratch[2:5], scratch[5:8], scratch[8:]
    for t in range(tau.shape[1]):
        by_down[:] = np.float32(0.0)
        for m in range(tau.shape[2]):
            slope[0, m] = scale * (_mean(weights[t], said[t, 0], m) - tau[ASKED, 0, m])
            slope[1, m] = scale * (_mean(weights[t], said[t, 1], m) - tau[ASKED + 1, 0, m])
            total[OMEGA + 2, t, m] += yaw_gain * scale * (tau[OMEGA + 2, t, m] - tau[ASKED + 2, 0, m])
        for leg in range(4):
            q, dq = Q + 3 * leg, DQ + 3 * leg
            for m in range(tau.shape[2]):
                weight, by_x, by_y = weights[t, leg, m], slope[0, m], slope[1, m]
                surplus_x = said[t, 0, leg, m] - _mean(weights[t], said[t, 0], m)
                surplus_y = said[t, 1, leg, m] - _mean(weights[t], said[t, 1], m)
                by_foot[0, m], by_foot[1, m] = weight * by_x, weight * by_y
                by_foot[2, m] = weight / DEPTH_SCALE * (by_x * surplus_x + by_y * surplus_y)
            for m in range(tau.shape[2]):
                at = _foot(tau, leg, t, m)
                along, across, deep = by_foot[0, m], by_foot[1, m], by_foot[2, m]
                by_down[0, m] += deep * at.x
                by_down[1, m] += deep * at.y
                by_down[2, m] += deep * at.z
                total[OMEGA, t, m] += across * at.z
                total[OMEGA + 1, t, m] -= along * at.z
                total[OMEGA + 2, t, m] += along * at.y - across * at.x
            for m in range(tau.shape[2]):
                at = _foot(tau, leg, t, m)
                along, across, deep = by_foot[0, m], by_foot[1, m], by_foot[2, m]
                omega_x, omega_y, omega_z = tau[OMEGA, t, m], tau[OMEGA + 1, t, m], tau[OMEGA + 2, t, m]
                by_position, by_velocity = pull(
                    at,
                    deep * down[t, 0, m] - across * omega_z,
                    deep * down[t, 1, m] + along * omega_z,
                    deep * down[t, 2, m] - along * omega_y + across * omega_x,
                    -along,
                    -across,
                )
                by_leg[0, m], by_leg[1, m], by_leg[2, m] = by_position
                by_leg[3, m], by_leg[4, m], by_leg[5, m] = by_velocity
            for joint in range(3):
                for m in range(tau.shape[2]):
                    total[q + joint, t, m] += by_leg[joint, m]
                    total[dq + joint, t, m] += by_leg[3 + joint, m]
        for m in range(tau.shape[2]):
            x, y, z, norm = down[t, 0, m], down[t, 1, m], down[t, 2, m], down[t, 3, m]
            radial = by_down[0, m] * x + by_down[1, m] * y + by_down[2, m] * z
            total[DOWN, t, m] += (by_down[0, m] - radial * x) / norm
            total[DOWN + 1, t, m] += (by_down[1, m] - radial * y) / norm
            total[DOWN + 2, t, m] += (by_down[2, m] - radial * z) / norm


@compiled
def _estimates(tau: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gravity's direction and norm (H, 4, M), how much feet count (H, 4, M), and what they say (H, 2, 4, M), m/s."""
    _, horizon, count = tau.shape
    down, weights = np.empty((horizon, 4, count), tau.dtype), np.empty((horizon, 4, count), tau.dtype)
    said = np.empty((horizon, 2, 4, count), tau.dtype)
    for t in range(horizon):
        for m in range(count):
            x, y, z, norm = unit_of(tau[DOWN, t, m], tau[DOWN + 1, t, m], tau[DOWN + 2, t, m])
            down[t, 0, m], down[t, 1, m], down[t, 2, m], down[t, 3, m] = x, y, z, norm
        for leg in range(4):
            for m in range(count):
                at = _foot(tau, leg, t, m)
                weights[t, leg, m] = depth(at, down[t, 0, m], down[t, 1, m], down[t, 2, m])
                v_x, v_y = velocity(at, tau[OMEGA, t, m], tau[OMEGA + 1, t, m], tau[OMEGA + 2, t, m])
                said[t, 0, leg, m], said[t, 1, leg, m] = v_x, v_y
        for m in range(count):
            weigh(weights[t], m)
    return down, weights, said


@inlined
def _mean(weights: np.ndarray, said: np.ndarray, m: int) -> float:
    """What the feet say (4, M) of trajectory m, by their weights."""
    left, right = weights[0, m] * said[0, m], weights[1, m] * said[1, m]
    return left + right + weights[2, m] * said[2, m] + weights[3, m] * said[3, m]


@inlined
def _foot(tau: np.ndarray, leg: int, t: int, m: int) -> Foot:
    q, dq = Q + 3 * leg, DQ + 3 * leg
    return foot(
        leg, tau[q, t, m], tau[q + 1, t, m], tau[q + 2, t, m], tau[dq, t, m], tau[dq + 1, t, m], tau[dq + 2, t, m]
    )
