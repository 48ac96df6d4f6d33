"""Where the Go2's feet are and how they move, in the trunk's frame (x forward, y left, z up), in closed form.

A leg hangs on a hip joint about x. At a lateral offset from that axis follow the thigh joint and, a link below, the
calf joint, both about the y axis as the hip joint tilts it; another link below is the foot's centre. In the leg's plane
a link at the angle theta from the vertical reaches x = f cos(theta) - l sin(theta) forward and z = -f sin(theta) - l
cos(theta) up (f a small offset of the foot), so that dx = z dtheta and dz = -x dtheta.

Lengths are those of the manufacturer's public robot description (go2_description URDF); a test holds them to the
simulated robot.
"""

from typing import NamedTuple

import numpy as np

from diffusion_mpc_ros.planning.compiled import inlined
from diffusion_mpc_ros.planning.sine import cosine, sine
from diffusion_mpc_ros.planning.trajectory import LEGS

_FRONT = np.array([1.0 if leg[0] == "F" else -1.0 for leg in LEGS], np.float32)
_LEFT = np.array([1.0 if leg[1] == "L" else -1.0 for leg in LEGS], np.float32)

HIP_ORIGIN = np.stack([np.float32(0.1934) * _FRONT, np.float32(0.0465) * _LEFT])
"""Where the hip axes cross the hip links' origins, forward and left of the trunk's origin, (2, 4), m."""
THIGH_OFFSET = np.float32(0.0955) * _LEFT
"""Lateral offset of the thigh from the hip axis, (4,), m."""
LINK = np.float32(0.213)
"""Length of thigh and of calf, m."""
FOOT_OFFSET = np.float32(-0.002)
"""Offset of the foot forward of the calf's axis, m."""


class Foot(NamedTuple):
    """A foot's centre at some joint positions and velocities.

    Attributes:
        x, y, z: position, m.
        x_rate, y_rate: velocity relative to the trunk, m/s.
    """

    x: float
    y: float
    z: float
    x_rate: float
    y_rate: float
    hip_rate: float  # rad/s
    sin_hip: float
    cos_hip: float
    reach_y: float  # of the foot from the hip axis, m
    thigh_rate: float  # of the links' angles, rad/s
    calf_rate: float
    thigh_x: float  # reach of the links, m
    calf_x: float
    thigh_z: float
    calf_z: float
    plane_z_rate: float  # of the foot in the leg's plane, m/s


@inlined
def foot(leg: int, hip: float, thigh: float, calf: float, hip_rate: float, thigh_rate: float, calf_rate: float) -> Foot:
    """The foot of leg ``leg`` (see ``trajectory.LEGS``) from the leg's joint positions, rad, and velocities, rad/s."""
    sin_hip, cos_hip = sine(hip), cosine(hip)
    sin_thigh, cos_thigh = sine(thigh), cosine(thigh)
    sin_calf, cos_calf = sine(thigh + calf), cosine(thigh + calf)
    calf_rate = thigh_rate + calf_rate
    thigh_x, thigh_z = -LINK * sin_thigh, -LINK * cos_thigh
    calf_x, calf_z = FOOT_OFFSET * cos_calf - LINK * sin_calf, -FOOT_OFFSET * sin_calf - LINK * cos_calf
    plane_z = thigh_z + calf_z
    plane_z_rate = -(thigh_rate * thigh_x + calf_rate * calf_x)
    y = THIGH_OFFSET[leg] * cos_hip - plane_z * sin_hip
    z = THIGH_OFFSET[leg] * sin_hip + plane_z * cos_hip
    return Foot(
        HIP_ORIGIN[0, leg] + thigh_x + calf_x,
        HIP_ORIGIN[1, leg] + y,
        z,
        thigh_rate * thigh_z + calf_rate * calf_z,
        -plane_z_rate * sin_hip - hip_rate * z,
        hip_rate,
        sin_hip,
        cos_hip,
        y,
        thigh_rate,
        calf_rate,
        thigh_x,
        calf_x,
        thigh_z,
        calf_z,
        plane_z_rate,
    )


@inlined
def pull(
    foot: Foot, by_x: float, by_y: float, by_z: float, by_x_rate: float, by_y_rate: float
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Derivatives by the leg's joint positions and velocities from those by the foot's position and velocity."""
    by_z = by_z - foot.hip_rate * by_y_rate
    tilted = foot.sin_hip * by_y_rate
    by_plane_z = foot.cos_hip * by_z - foot.sin_hip * by_y
    by_hip = foot.reach_y * by_z - foot.z * by_y - foot.plane_z_rate * foot.cos_hip * by_y_rate
    by_thigh_angle = (by_x + tilted * foot.thigh_rate) * foot.thigh_z - (
        by_plane_z + by_x_rate * foot.thigh_rate
    ) * foot.thigh_x
    by_calf_angle = (by_x + tilted * foot.calf_rate) * foot.calf_z - (
        by_plane_z + by_x_rate * foot.calf_rate
    ) * foot.calf_x
    by_thigh_rate = by_x_rate * foot.thigh_z + tilted * foot.thigh_x
    by_calf_rate = by_x_rate * foot.calf_z + tilted * foot.calf_x
    by_position = by_hip, by_thigh_angle + by_calf_angle, by_calf_angle
    by_velocity = -foot.z * by_y_rate, by_thigh_rate + by_calf_rate, by_calf_rate
    return by_position, by_velocity
