"""What the Go2 looks like: a shell of our own over the links, without mass and without contact.

The shapes follow the proportions of the robot (extents of trunk, hips, thighs and calves); no mesh of others is
used. Every part is a loft (``loft.py``). Frames are the links': x forward, y left, z up; the thigh turns about y
through its origin and points down.
"""

import mujoco
import numpy as np

from diffusion_mpc_ros.planning.trajectory import LEGS
from diffusion_mpc_ros.simulation.loft import loft, mirrored

SILVER, PALE, GRAPHITE, BLACK, GLASS = "silver", "pale", "graphite", "black", "glass"
_MATERIALS = {  # display colour, specular, shininess
    SILVER: ((0.62, 0.64, 0.68), 0.55, 0.45),
    PALE: ((0.72, 0.735, 0.75), 0.40, 0.35),
    GRAPHITE: ((0.24, 0.25, 0.27), 0.45, 0.35),
    BLACK: ((0.07, 0.07, 0.08), 0.35, 0.30),
    GLASS: ((0.02, 0.025, 0.035), 1.00, 0.90),
}

Sections = list[tuple[float, ...]]

# fmt: off
# Position along the axis, centre (2), half-widths (2), exponent: see ``loft``.
_BASE: list[tuple[str, str, Sections]] = [
    (SILVER, "x", [  # barrel
        (-0.130, 0, -0.006, 0.070, 0.040, 3.0), (-0.128, 0, -0.006, 0.085, 0.053, 3.0),
        (-0.120, 0, -0.006, 0.094, 0.061, 3.2), (-0.040, 0, -0.006, 0.097, 0.063, 3.2),
        (0.040, 0, -0.005, 0.097, 0.064, 3.2), (0.092, 0, -0.003, 0.093, 0.065, 3.0),
        (0.104, 0, -0.002, 0.082, 0.058, 3.0), (0.106, 0, -0.002, 0.068, 0.045, 3.0),
    ]),
    (SILVER, "x", [  # hood and face
        (0.020, 0, 0.035, 0.060, 0.015, 2.6), (0.070, 0, 0.036, 0.064, 0.032, 2.6),
        (0.110, 0, 0.042, 0.056, 0.040, 2.6), (0.150, 0, 0.043, 0.043, 0.044, 2.6),
        (0.200, 0, 0.036, 0.046, 0.049, 2.6), (0.245, 0, 0.028, 0.054, 0.054, 2.4),
        (0.285, 0, 0.018, 0.046, 0.057, 2.2), (0.318, 0, 0.012, 0.026, 0.053, 2.2),
        (0.329, 0, 0.012, 0.015, 0.046, 2.4), (0.332, 0, 0.012, 0.008, 0.036, 2.4),
    ]),
    (GRAPHITE, "x", [  # frame between the hips
        (-0.232, 0, 0.0, 0.020, 0.020, 3.0), (-0.228, 0, 0.0, 0.030, 0.030, 3.0),
        (-0.150, 0, 0.0, 0.040, 0.040, 3.0), (0.0, 0, -0.010, 0.060, 0.062, 3.0),
        (0.150, 0, 0.0, 0.040, 0.040, 3.0), (0.250, 0, -0.004, 0.036, 0.036, 3.0),
    ]),
    (GRAPHITE, "x", [  # belly
        (-0.108, 0, -0.068, 0.055, 0.006, 4.0), (-0.104, 0, -0.068, 0.062, 0.012, 4.0),
        (0.080, 0, -0.068, 0.062, 0.012, 4.0), (0.084, 0, -0.068, 0.055, 0.006, 4.0),
    ]),
    (GLASS, "x", [  # camera strip
        (0.318, 0, 0.014, 0.0125, 0.040, 3.5), (0.332, 0, 0.014, 0.0125, 0.040, 3.5),
        (0.334, 0, 0.014, 0.0105, 0.037, 3.5),
    ]),
    (PALE, "x", [  # lens ring
        (0.330, 0, 0.036, 0.0075, 0.0075, 2.0), (0.335, 0, 0.036, 0.0075, 0.0075, 2.0),
        (0.336, 0, 0.036, 0.0065, 0.0065, 2.0),
    ]),
    (GLASS, "x", [  # lens
        (0.334, 0, 0.036, 0.0055, 0.0055, 2.0), (0.337, 0, 0.036, 0.0055, 0.0055, 2.0),
        (0.338, 0, 0.036, 0.0030, 0.0030, 2.0),
    ]),
    (SILVER, "z", [  # collar of the lidar
        (-0.048, 0.288, 0, 0.030, 0.030, 2.2), (-0.046, 0.288, 0, 0.041, 0.041, 2.2),
        (-0.036, 0.287, 0, 0.042, 0.042, 2.2), (-0.022, 0.284, 0, 0.038, 0.040, 2.2),
        (-0.008, 0.280, 0, 0.026, 0.028, 2.2), (-0.002, 0.278, 0, 0.008, 0.010, 2.2),
    ]),
    (GLASS, "z", [  # lidar
        (-0.097, 0.290, 0, 0.001, 0.001, 2.0), (-0.096, 0.290, 0, 0.012, 0.012, 2.0),
        (-0.088, 0.290, 0, 0.028, 0.028, 2.0), (-0.074, 0.290, 0, 0.038, 0.038, 2.0),
        (-0.055, 0.290, 0, 0.041, 0.040, 2.0), (-0.040, 0.290, 0, 0.040, 0.039, 2.0),
    ]),
    (SILVER, "z", [  # antenna on the hood
        (0.070, 0.235, 0, 0.020, 0.020, 2.0), (0.087, 0.235, 0, 0.018, 0.018, 2.0),
        (0.089, 0.235, 0, 0.015, 0.015, 2.0),
    ]),
    (GRAPHITE, "z", [  # rail on the back
        (0.050, -0.035, 0, 0.062, 0.040, 6.0), (0.062, -0.035, 0, 0.062, 0.040, 6.0),
        (0.064, -0.035, 0, 0.059, 0.037, 6.0),
    ]),
]

_HIP: list[tuple[str, str, Sections]] = [  # outwards is +y
    (GRAPHITE, "y", [
        (-0.036, 0, 0, 0.030, 0.030, 2.0), (-0.035, 0, 0, 0.039, 0.039, 2.0), (-0.029, 0, 0, 0.0445, 0.0445, 2.0),
        (0.020, 0, 0, 0.0455, 0.0455, 2.0), (0.030, 0, 0, 0.0455, 0.0455, 2.0), (0.040, 0, 0, 0.041, 0.041, 2.0),
    ]),
    (SILVER, "y", [
        (-0.016, 0, 0, 0.044, 0.044, 2.0), (-0.014, 0, 0, 0.0475, 0.0475, 2.0), (0.012, 0, 0, 0.048, 0.048, 2.0),
        (0.014, 0, 0, 0.044, 0.044, 2.0),
    ]),
]

_THIGH: list[tuple[str, str, Sections]] = [  # outwards is +y
    (GRAPHITE, "y", [  # motor
        (-0.056, 0, 0, 0.038, 0.038, 2.0), (-0.055, 0, 0, 0.045, 0.045, 2.0), (-0.050, 0, 0, 0.0465, 0.0465, 2.0),
        (-0.020, 0, 0, 0.0465, 0.0465, 2.0),
    ]),
    (SILVER, "y", [  # cap
        (-0.034, 0, 0, 0.044, 0.044, 2.0), (-0.033, 0, 0, 0.0485, 0.0485, 2.0), (-0.010, 0, 0, 0.0485, 0.0485, 2.0),
        (0.006, 0, 0, 0.046, 0.046, 2.0), (0.015, 0, 0, 0.037, 0.037, 2.0), (0.019, 0, 0, 0.022, 0.022, 2.0),
        (0.020, 0, 0, 0.004, 0.004, 2.0),
    ]),
    (PALE, "z", [  # leg; sections from the knee upwards
        (-0.231, -0.002, 0.000, 0.006, 0.008, 2.4), (-0.227, -0.002, 0.000, 0.014, 0.013, 2.4),
        (-0.213, -0.001, 0.000, 0.0185, 0.0165, 2.4), (-0.185, -0.003, 0.000, 0.0175, 0.0155, 2.4),
        (-0.130, -0.004, -0.003, 0.0205, 0.0140, 2.4), (-0.075, -0.002, -0.006, 0.0290, 0.0150, 2.4),
        (-0.030, 0.000, -0.010, 0.0400, 0.0190, 2.4), (0.000, 0.000, -0.012, 0.0430, 0.0200, 2.4),
        (0.025, 0.000, -0.012, 0.0300, 0.0180, 2.4),
    ]),
    (GRAPHITE, "y", [  # knee pin
        (-0.0195, -0.213, 0, 0.008, 0.008, 2.0), (-0.0190, -0.213, 0, 0.010, 0.010, 2.0),
        (0.0190, -0.213, 0, 0.010, 0.010, 2.0), (0.0195, -0.213, 0, 0.008, 0.008, 2.0),
    ]),
]

_CALF: list[tuple[str, str, Sections]] = [  # sections from the foot upwards
    (BLACK, "z", [  # sole
        (-0.235, -0.002, 0, 0.006, 0.005, 2.0), (-0.2345, -0.002, 0, 0.012, 0.011, 2.0),
        (-0.231, -0.002, 0, 0.0180, 0.0170, 2.0), (-0.224, -0.002, 0, 0.0215, 0.0195, 2.0),
        (-0.214, -0.002, 0, 0.0210, 0.0190, 2.0), (-0.212, -0.002, 0, 0.0150, 0.0150, 2.0),
    ]),
    (GRAPHITE, "z", [  # shank
        (-0.216, -0.002, 0, 0.0195, 0.0175, 2.0), (-0.210, -0.0015, 0, 0.0195, 0.0175, 2.0),
        (-0.195, 0.001, 0, 0.0160, 0.0145, 2.0),
        (-0.165, 0.006, 0, 0.0120, 0.0110, 2.0), (-0.130, 0.011, 0, 0.0115, 0.0110, 2.0),
        (-0.085, 0.013, 0, 0.0135, 0.0120, 2.0), (-0.040, 0.009, 0, 0.0150, 0.0110, 2.0),
        (-0.010, 0.002, 0, 0.0150, 0.0090, 2.0), (0.012, -0.006, 0, 0.0150, 0.0080, 2.0),
        (0.022, -0.010, 0, 0.0110, 0.0070, 2.0), (0.026, -0.012, 0, 0.0030, 0.0030, 2.0),
    ]),
]
# fmt: on

_SEGMENTS = {"hip": _HIP, "thigh": _THIGH, "calf": _CALF}


def add_visuals(spec: mujoco.MjSpec) -> None:
    """Dresses the bodies ``base``, ``FR_hip``, ``FR_thigh``, ``FR_calf``, ... of ``spec`` with the Go2's shell.

    The geoms are in group 2, weigh nothing and touch nothing, so that the dynamics stay what they were.
    """
    for name, (colour, specular, shininess) in _MATERIALS.items():
        spec.add_material(name=name, rgba=[*colour, 1], specular=specular, shininess=shininess)
    for index, (material, axis, sections) in enumerate(_BASE):
        mesh = _add_mesh(spec, f"base_{index}", loft(axis, sections))
        _add_geom(spec.body("base"), mesh, material)
    for segment, parts in _SEGMENTS.items():
        for index, (material, axis, sections) in enumerate(parts):
            surface = loft(axis, sections)
            left = _add_mesh(spec, f"left_{segment}_{index}", surface)
            right = _add_mesh(spec, f"right_{segment}_{index}", mirrored(surface))
            for leg in LEGS:
                _add_geom(spec.body(f"{leg}_{segment}"), left if leg[1] == "L" else right, material)


def _add_mesh(spec: mujoco.MjSpec, name: str, surface: tuple[np.ndarray, np.ndarray]) -> str:
    vertices, faces = surface
    spec.add_mesh(
        name=name,
        uservert=vertices.ravel(),
        userface=faces.ravel(),
        inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
    )
    return name


def _add_geom(body: mujoco.MjsBody, mesh: str, material: str) -> None:
    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_MESH,
        meshname=mesh,
        material=material,
        group=2,
        mass=0,
        contype=0,
        conaffinity=0,
    )
