"""Where the Go2's feet are and how they move, in the trunk's frame (x forward, y left, z up), in closed form.

A leg hangs on a hip joint about x. At a lateral offset from that axis follow the thigh joint and, a link below, the
calf joint, both about the y axis as the hip joint tilts it; another link below is the foot's centre. In the leg's plane
a link at the angle theta from the vertical reaches x = f cos(theta) - l sin(theta) forward and z = -f sin(theta) - l
cos(theta) up (f a small offset of the foot), so that dx = z dtheta and dz = -x dtheta.

Arrays have the axes of links, joints and legs first, (2, 4, ...) or (3, 4, ...); the remaining axes are those of the
caller's joint arrays. Legs are in the order of ``trajectory.LEGS``.

Lengths are those of the manufacturer's public robot description (go2_description URDF); a test holds them to the
simulated robot.
"""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.planning.trajectory import LEGS, SEGMENTS

_FRONT = np.array([1.0 if leg[0] == "F" else -1.0 for leg in LEGS], np.float32)
_LEFT = np.array([1.0 if leg[1] == "L" else -1.0 for leg in LEGS], np.float32)

HIP_ORIGIN = np.stack([0.1934 * _FRONT, 0.0465 * _LEFT])
"""Where the hip axes cross the hip links' origins, forward and left of the trunk's origin, (2, 4), m."""
THIGH_OFFSET = 0.0955 * _LEFT
"""Lateral offset of the thigh from the hip axis, (4,), m."""
LINK = np.float32(0.213)
"""Length of thigh and of calf, m."""
FOOT_OFFSET = np.array([0.0, -0.002], np.float32)
"""Offset of thigh's and calf's far end forward of the link's axis, (2,), m."""


@dataclass(frozen=True, eq=False)
class Feet:
    """The feet's centres at some joint positions and velocities.

    Attributes:
        position: x, y and z, (4, ...) each, m.
        velocity: relative to the trunk, along x and y, (4, ...) each, m/s.
    """

    position: tuple[np.ndarray, np.ndarray, np.ndarray]
    velocity: tuple[np.ndarray, np.ndarray]
    _hip_rate: np.ndarray  # (4, ...) rad/s
    _sin_hip: np.ndarray
    _cos_hip: np.ndarray
    _y: np.ndarray  # (4, ...) of the foot from the hip axis, m
    _rate: np.ndarray  # (2, 4, ...) of the links' angles, rad/s
    _x: np.ndarray  # (2, 4, ...) reach of the links, m
    _z: np.ndarray
    _z_rate: np.ndarray  # (4, ...) of the foot in the leg's plane, m/s

    @classmethod
    def at(cls, q: np.ndarray, dq: np.ndarray) -> "Feet":
        """From joint positions and velocities by leg, (3, 4, ...), rad and rad/s."""
        axes = (1,) * (q.ndim - 2)
        origin_x, origin_y = HIP_ORIGIN.reshape(2, 4, *axes)
        lateral, offset = THIGH_OFFSET.reshape(4, *axes), FOOT_OFFSET.reshape(2, 1, *axes)
        angle, rate = q[1:].copy(order="K"), dq[1:].copy(order="K")
        angle[1] += angle[0]
        rate[1] += rate[0]
        sin, cos, sin_hip, cos_hip = np.sin(angle), np.cos(angle), np.sin(q[0]), np.cos(q[0])
        x = offset * cos - LINK * sin
        z = -offset * sin - LINK * cos
        plane_x, plane_z = x[0] + x[1], z[0] + z[1]
        x_rate, z_rate = rate * z, rate * x
        x_rate, z_rate = x_rate[0] + x_rate[1], -(z_rate[0] + z_rate[1])
        y = lateral * cos_hip - plane_z * sin_hip
        height = lateral * sin_hip + plane_z * cos_hip
        y_rate = -z_rate * sin_hip - dq[0] * height
        position = origin_x + plane_x, origin_y + y, height
        return cls(position, (x_rate, y_rate), dq[0], sin_hip, cos_hip, y, rate, x, z, z_rate)

    def pull(
        self,
        by_position: tuple[np.ndarray, np.ndarray, np.ndarray],
        by_velocity: tuple[np.ndarray, np.ndarray],
        by_q: np.ndarray,
        by_dq: np.ndarray,
    ) -> None:
        """Derivatives by joint positions and velocities from those by ``position`` and ``velocity``.

        Args:
            by_position, by_velocity: (4, ...) for each component.
            by_q, by_dq: (3, 4, ...), written to.
        """
        by_x, by_y, by_z = by_position
        along, across = by_velocity
        height, rate, x, z = self.position[2], self._rate, self._x, self._z
        by_z = by_z - self._hip_rate * across
        np.multiply(height, -across, out=by_dq[0])
        by_q[0] = self._y * by_z - height * by_y - self._z_rate * self._cos_hip * across
        tilted = self._sin_hip * across
        by_plane_z = self._cos_hip * by_z - self._sin_hip * by_y
        by_angle = (by_x + tilted * rate) * z - (by_plane_z + along * rate) * x  # (2, 4, ...)
        by_rate = along * z + tilted * x
        for joints, links in ((by_q, by_angle), (by_dq, by_rate)):
            np.add(links[0], links[1], out=joints[1])
            joints[2] = links[1]


def by_leg(x: np.ndarray) -> np.ndarray:
    """Values of joints (..., 12) as (3, 4, ...): hip, thigh, calf first, then the leg; the same memory."""
    rest = range(x.ndim - 1)
    return x.reshape(*x.shape[:-1], len(LEGS), len(SEGMENTS)).transpose(x.ndim, x.ndim - 1, *rest)
