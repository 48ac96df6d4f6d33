"""Where the Go2's feet are and how they move, in the trunk's frame (x forward, y left, z up), in closed form.

A leg hangs on a hip joint about x. At a lateral offset from that axis follow the thigh joint and, a link below, the
calf joint, both about the y axis as the hip joint tilts it; another link below is the foot's centre.

Arrays have the axes of vectors and legs first, (3, 4, ...), so that arithmetic runs over long contiguous rows; the
remaining axes are those of the caller's joint arrays. Legs are in the order of ``trajectory.LEGS``.

Lengths are those of the manufacturer's public robot description (go2_description URDF); a test holds them to the
simulated robot.
"""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.planning.trajectory import LEGS, NUM_JOINTS, SEGMENTS

_FRONT = np.array([1.0 if leg[0] == "F" else -1.0 for leg in LEGS], np.float32)
_LEFT = np.array([1.0 if leg[1] == "L" else -1.0 for leg in LEGS], np.float32)

HIP_ORIGIN = np.stack([0.1934 * _FRONT, 0.0465 * _LEFT, np.zeros_like(_LEFT)])
"""Where the hip axes cross the hip links' origins, (3, 4), m."""
THIGH_OFFSET = 0.0955 * _LEFT
"""Lateral offset of the thigh from the hip axis, (4,), m."""
LINK = 0.213
"""Length of thigh and of calf, m."""
FOOT_OFFSET = -0.002
"""Foot centre forward of the calf's axis, m."""


@dataclass(frozen=True, eq=False)
class Feet:
    """The feet's centres at some joint positions.

    Attributes:
        position: (3, 4, ...) m.
        jacobian: (3, 3, 4, ...) derivative of the position's component (first axis) by the leg's own joints hip,
            thigh, calf (second axis), m/rad.
        pitch_axis: (3, 4, ...) axis of thigh and calf joint.
    """

    position: np.ndarray
    jacobian: np.ndarray
    pitch_axis: np.ndarray

    @classmethod
    def at(cls, q: np.ndarray) -> "Feet":
        """From joint positions by leg, (3, 4, ...), rad."""
        hip, thigh, calf = q
        sin_hip, cos_hip = np.sin(hip), np.cos(hip)
        sin_calf, cos_calf = np.sin(thigh + calf), np.cos(thigh + calf)
        # In the leg's plane, x forward and z along the leg: from the knee to the foot, then from the hip to the foot.
        x_calf = FOOT_OFFSET * cos_calf - LINK * sin_calf
        z_calf = -FOOT_OFFSET * sin_calf - LINK * cos_calf
        x, z = x_calf - LINK * np.sin(thigh), z_calf - LINK * np.cos(thigh)

        lateral = THIGH_OFFSET.reshape(-1, *(1,) * (hip.ndim - 1))
        arm = np.stack([x, lateral * cos_hip - z * sin_hip, lateral * sin_hip + z * cos_hip])
        nothing = np.zeros_like(hip)
        jacobian = np.stack(
            [
                np.stack([nothing, z, z_calf]),
                np.stack([-arm[2], x * sin_hip, x_calf * sin_hip]),
                np.stack([arm[1], -x * cos_hip, -x_calf * cos_hip]),
            ]
        )
        origin = HIP_ORIGIN.reshape(*HIP_ORIGIN.shape, *(1,) * (hip.ndim - 1))
        return cls(origin + arm, jacobian, np.stack([nothing, cos_hip, sin_hip]))

    def velocity(self, dq: np.ndarray) -> np.ndarray:
        """(3, 4, ...) J dq, m/s, from joint velocities by leg (3, 4, ...), rad/s."""
        return np.einsum("ij...,j...->i...", self.jacobian, dq)

    def jacobian_rate(self, dq: np.ndarray) -> np.ndarray:
        """dJ/dt under joint velocities by leg (3, 4, ...): (3, 3, 4, ...), m/(rad s).

        It is also the derivative of the velocity J dq by the joint positions, for second derivatives commute. They
        are axis_i x J_j for joint i before joint j: moving the former turns the latter's column.
        """
        hip, thigh, calf = dq
        _, thigh_column, calf_column = np.moveaxis(self.jacobian, 1, 0)
        pitched = thigh * thigh_column + calf * calf_column
        return np.stack(
            [
                _about_x(self.velocity(dq)),
                _about_x(hip * thigh_column) + cross(self.pitch_axis, pitched),
                _about_x(hip * calf_column) + cross(self.pitch_axis, (thigh + calf) * calf_column),
            ],
            axis=1,
        )


def by_leg(x: np.ndarray) -> np.ndarray:
    """Values of joints (..., 12) as (3, 4, ...): hip, thigh, calf first, then the leg."""
    split = x.reshape(*x.shape[:-1], len(LEGS), len(SEGMENTS))
    return np.ascontiguousarray(np.moveaxis(split, (-1, -2), (0, 1)))


def by_joint(x: np.ndarray) -> np.ndarray:
    """The reverse of ``by_leg``."""
    split = np.moveaxis(x, (0, 1), (-1, -2))
    return split.reshape(*split.shape[:-2], NUM_JOINTS)


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a x b of vectors along the first axis."""
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _about_x(vector: np.ndarray) -> np.ndarray:
    """The x axis times a vector."""
    return np.stack([np.zeros_like(vector[0]), -vector[2], vector[1]])
