"""The Go2 as a MuJoCo model, built from the numbers of the manufacturer's public robot description.

Every number of the links, ``HIP_ORIGIN``, the offsets and the IMU's place is taken from Unitree's ``go2_description``
URDF, with the foot and the lower calf lumped into the calf as MuJoCo Menagerie does. Legs are mirrored from the
front-left one. Rotor inertia and joint damping (``ARMATURE``, ``DAMPING``) are those of Unitree's own MuJoCo model
(unitree_mujoco); its dry friction of 0.2 N m is left out, for it costs a third of the speed or more.
Collision is primitive: spheres for the feet, capsules for thighs and calves, boxes for trunk and head; all of them
collide with the ground and none with each other. Their sizes are ours, within the robot's outline.
"""

from dataclasses import dataclass
from typing import Literal

import mujoco
import numpy as np

from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES, LEGS
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, KD, KP, STAND_POSE, TORQUE_LIMIT

Actuators = Literal["torque", "position"]


@dataclass(frozen=True)
class Link:
    """Mass (kg), centre of mass (m) and inertia about it (kg m^2: xx, yy, zz, xy, xz, yz), link frame."""

    mass: float
    com: tuple[float, float, float]
    inertia: tuple[float, float, float, float, float, float]

    def mirrored(self, x: int, y: int) -> "Link":
        """The link reflected in x and y (each 1 or -1)."""
        xx, yy, zz, xy, xz, yz = self.inertia
        return Link(
            self.mass,
            (x * self.com[0], y * self.com[1], self.com[2]),
            (xx, yy, zz, x * y * xy, x * xz, y * yz),
        )


TRUNK = Link(6.921, (0.021112, 0.0, -0.005366), (0.02448, 0.098077, 0.107, 0.00012166, 0.0014849, -3.12e-05))
HIP = Link(0.678, (-0.0054, 0.00194, -0.000105), (0.00048, 0.000884, 0.000596, -3.01e-06, 1.11e-06, -1.42e-06))
THIGH = Link(1.152, (-0.00374, -0.0223, -0.0327), (0.00584, 0.0058, 0.00103, 8.72e-05, -0.000289, 0.000808))
CALF = Link(
    0.241352,
    (0.00629595, -0.000622121, -0.141417),
    (0.00146354, 0.00148999, 5.32693e-05, 2.17545e-07, 5.96681e-06, 1.22479e-05),
)

HIP_ORIGIN = (0.1934, 0.0465)
"""Hip axes from the trunk's centre, m (forward, lateral)."""
THIGH_OFFSET = 0.0955
"""Lateral offset of the thigh from the hip axis, m."""
SHANK = 0.213
"""Length of thigh and of calf, m."""
FOOT_RADIUS = 0.022
"""m."""
FOOT_OFFSET = -0.002
"""Foot centre forward of the calf's axis, m."""

TRUNK_HALF_SIZE = (0.188, 0.0468, 0.057)
"""Half of the trunk's length, width and height as it collides, m."""

ARMATURE = 0.01
"""Reflected rotor inertia, kg m^2."""
DAMPING = 0.1
"""Viscous joint friction, N m s/rad."""

GROUND = "ground"
GROUND_FRICTION = 0.0
"""MuJoCo takes the larger friction of a contact's two sides: zero here leaves the robot's own to decide."""
NOMINAL_FRICTION = 1.0

STAND_HEIGHT = 0.30
"""Height of the trunk's origin above flat ground in the stand pose, m."""


def build_spec(timestep: float, actuators: Actuators) -> mujoco.MjSpec:
    """An editable description of one Go2 on flat ground.

    ``timestep`` is in s. ``actuators``: ``torque`` motors take N m; ``position`` servos take joint targets in rad
    and evaluate the PD law with KP and KD at every physics step. Both saturate at the peak torques.
    """
    spec = mujoco.MjSpec()
    spec.modelname = "go2"
    spec.compiler.degree = False
    option = spec.option
    option.timestep = timestep
    option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.solver = mujoco.mjtSolver.mjSOL_NEWTON
    option.cone = mujoco.mjtCone.mjCONE_PYRAMIDAL
    option.iterations, option.ls_iterations = 5, 8
    # One robot on a plane has a handful of contacts: islands and a mid-phase cost more than they save.
    option.disableflags = int(mujoco.mjtDisableBit.mjDSBL_ISLAND | mujoco.mjtDisableBit.mjDSBL_MIDPHASE)

    spec.worldbody.add_geom(
        name=GROUND,
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[0, 0, 0.05],
        friction=[GROUND_FRICTION, 0.005, 0.0001],
        contype=1,
        conaffinity=1,
    )
    base = spec.worldbody.add_body(name="base", pos=[0, 0, STAND_HEIGHT])
    base.add_freejoint(name="base")
    base.add_site(name="imu", pos=[-0.02557, 0, 0.04232])
    _set_inertia(base, TRUNK)
    _add_box(base, "trunk", list(TRUNK_HALF_SIZE), [0, 0, 0])
    _add_box(base, "head", [0.04, 0.035, 0.05], [0.285, 0, -0.02])
    for leg in LEGS:
        _add_leg(base, leg)
    for joint, torque in zip(JOINT_NAMES, TORQUE_LIMIT, strict=True):
        _add_actuator(spec, joint, float(torque), actuators)
    _add_sensors(spec)
    servo_targets: np.ndarray | list[float] = STAND_POSE if actuators == "position" else []
    spec.add_key(name="stand", qpos=[0, 0, STAND_HEIGHT, 1, 0, 0, 0, *STAND_POSE], ctrl=servo_targets)
    return spec


def build_model(timestep: float, actuators: Actuators = "torque") -> mujoco.MjModel:
    """The compiled model of ``build_spec``."""
    return build_spec(timestep, actuators).compile()


def _add_leg(base: mujoco.MjsBody, leg: str) -> None:
    x, y = (1 if leg[0] == "F" else -1), (1 if leg[1] == "L" else -1)
    hip = base.add_body(name=f"{leg}_hip", pos=[x * HIP_ORIGIN[0], y * HIP_ORIGIN[1], 0])
    _set_inertia(hip, HIP.mirrored(x, y))
    thigh = hip.add_body(name=f"{leg}_thigh", pos=[0, y * THIGH_OFFSET, 0])
    _set_inertia(thigh, THIGH.mirrored(1, y))
    _add_capsule(thigh, f"{leg}_thigh", 0.017, [0, 0, -0.03], [0, 0, -0.19])
    calf = thigh.add_body(name=f"{leg}_calf", pos=[0, 0, -SHANK])
    _set_inertia(calf, CALF.mirrored(1, y))
    _add_capsule(calf, f"{leg}_calf", 0.013, [0.005, 0, 0.0], [0.012, 0, -0.16])
    foot = [FOOT_OFFSET, 0, -SHANK]
    _add_collider(calf, f"{leg}_foot", mujoco.mjtGeom.mjGEOM_SPHERE, size=[FOOT_RADIUS, 0, 0], pos=foot)
    calf.add_site(name=f"{leg}_foot", pos=foot, size=[1.2 * FOOT_RADIUS] * 3)
    for body, segment, axis in ((hip, "hip", [1, 0, 0]), (thigh, "thigh", [0, 1, 0]), (calf, "calf", [0, 1, 0])):
        index = JOINT_NAMES.index(f"{leg}_{segment}_joint")
        body.add_joint(
            name=JOINT_NAMES[index],
            type=mujoco.mjtJoint.mjJNT_HINGE,
            axis=axis,
            range=[JOINT_LOWER[index], JOINT_UPPER[index]],
            limited=mujoco.mjtLimited.mjLIMITED_TRUE,
            armature=ARMATURE,
            damping=DAMPING,
        )


def _set_inertia(body: mujoco.MjsBody, link: Link) -> None:
    body.mass = link.mass
    body.ipos = list(link.com)
    body.fullinertia = list(link.inertia)
    body.explicitinertial = True


def _add_collider(body: mujoco.MjsBody, name: str, kind: mujoco.mjtGeom, **shape: object) -> None:
    body.add_geom(
        name=name,
        type=kind,
        group=3,
        mass=0,
        contype=0,
        conaffinity=1,
        condim=3,
        friction=[NOMINAL_FRICTION, 0.005, 0.0001],
        rgba=[0.4, 0.4, 0.45, 1],
        **shape,
    )


def _add_box(body: mujoco.MjsBody, name: str, half_size: list[float], pos: list[float]) -> None:
    _add_collider(body, name, mujoco.mjtGeom.mjGEOM_BOX, size=half_size, pos=pos)


def _add_capsule(body: mujoco.MjsBody, name: str, radius: float, start: list[float], end: list[float]) -> None:
    _add_collider(body, name, mujoco.mjtGeom.mjGEOM_CAPSULE, size=[radius, 0, 0], fromto=[*start, *end])


def _add_actuator(spec: mujoco.MjSpec, joint: str, torque: float, kind: Actuators) -> None:
    actuator = spec.add_actuator(
        name=joint.removesuffix("_joint"),
        target=joint,
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        forcerange=[-torque, torque],
        forcelimited=mujoco.mjtLimited.mjLIMITED_TRUE,
    )
    if kind == "position":
        actuator.set_to_position(kp=KP, kv=KD)
    else:
        actuator.set_to_motor()


def _add_sensors(spec: mujoco.MjSpec) -> None:
    site = mujoco.mjtObj.mjOBJ_SITE
    for name, kind in (
        ("imu_gyro", mujoco.mjtSensor.mjSENS_GYRO),
        ("imu_acc", mujoco.mjtSensor.mjSENS_ACCELEROMETER),
        ("imu_quat", mujoco.mjtSensor.mjSENS_FRAMEQUAT),
    ):
        spec.add_sensor(name=name, type=kind, objtype=site, objname="imu")
    for leg in LEGS:
        spec.add_sensor(name=f"{leg}_touch", type=mujoco.mjtSensor.mjSENS_TOUCH, objtype=site, objname=f"{leg}_foot")
