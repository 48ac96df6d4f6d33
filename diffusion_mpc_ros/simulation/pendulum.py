"""The pendulum of section VI-B1: a weight that swings on a rod and strikes the side of the trunk.

Each environment has one. Its pivot hangs far above the robot until ``release`` puts it beside the robot with the rod
raised, and again after ``withdraw``; in between the weight swings freely and touches nothing but the robot. The pivot
lets it swing in every direction: a robot that walks on pushes it aside. The contact is MuJoCo's usual one, critically
damped over 20 ms: the weight hardly bounces.
"""

import mujoco
import numpy as np

from diffusion_mpc_ros.simulation.batch import TIMESTEP, BatchedGo2
from diffusion_mpc_ros.simulation.go2 import build_spec
from diffusion_mpc_ros.simulation.randomization import Randomization

MASS = 3.8
"""kg."""
LENGTH = 1.2
"""From the pivot to the middle of the weight, m. The rod weighs nothing."""
RADIUS = 0.049
"""Of a steel ball of this mass, m."""
GRAVITY = 9.81
"""m/s^2."""
PARKED = (0.0, 0.0, 50.0)
"""Where the pivot hangs before the release, m: out of reach."""

_PIVOT, _BOB = "pivot", "bob"
_SWING_Q, _SWING_V = slice(19, 21), slice(18, 20)
"""Columns of the swing in qpos and in qvel: behind the robot's own."""


def impact_speed(release: float) -> float:
    """Speed of the weight at its lowest point, sqrt(2 g l (1 - cos release)), m/s; ``release`` in rad."""
    return float(np.sqrt(2 * GRAVITY * LENGTH * (1 - np.cos(release))))


def swing_time(release: float) -> float:
    """Time from the release to the lowest point, s: a quarter of the exact period at this amplitude, rad."""
    # Complete elliptic integral of the first kind by Gauss's arithmetic-geometric mean.
    arithmetic, geometric = 1.0, float(np.cos(release / 2))
    while arithmetic - geometric > 1e-12:
        arithmetic, geometric = (arithmetic + geometric) / 2, float(np.sqrt(arithmetic * geometric))
    return float(np.pi / 2 * np.sqrt(LENGTH / GRAVITY) / arithmetic)


def add_pendulum(spec: mujoco.MjSpec, pivot: tuple[float, ...] = PARKED, yaw: float = 0.0) -> None:
    """Adds the pendulum to the Go2's description: pivot (3,) in m, facing ``yaw``, rad.

    Its two angles come last in qpos, zero when it hangs: aside, pi/2 when the rod points to the left of where the
    pivot faces, and then along, positive when it points backwards.
    """
    base = spec.worldbody.add_body(name=_PIVOT, mocap=True, pos=list(pivot), quat=list(_about_z(np.array(yaw))))
    rod = base.add_body(name=_BOB)
    rod.add_joint(name="swing_aside", type=mujoco.mjtJoint.mjJNT_HINGE, axis=[1, 0, 0])
    rod.add_joint(name="swing_along", type=mujoco.mjtJoint.mjJNT_HINGE, axis=[0, 1, 0])
    steel = {"contype": 0, "conaffinity": 0, "rgba": [0.55, 0.16, 0.13, 1]}
    rod.add_geom(
        type=mujoco.mjtGeom.mjGEOM_CAPSULE, size=[0.006, 0, 0], fromto=[0, 0, 0, 0, 0, -LENGTH], mass=0, **steel
    )
    rod.add_geom(
        name=_BOB,
        type=mujoco.mjtGeom.mjGEOM_SPHERE,
        size=[RADIUS, 0, 0],
        pos=[0, 0, -LENGTH],
        mass=MASS,
        **{**steel, "contype": 1},
    )
    spec.add_exclude(bodyname1="world", bodyname2=_BOB)


class PendulumGo2(BatchedGo2):
    """``BatchedGo2`` with a pendulum in every environment."""

    def __init__(
        self, num_envs: int, randomization: Randomization, rng: np.random.Generator, num_threads: int = 0
    ) -> None:
        spec = build_spec(TIMESTEP, "position")
        add_pendulum(spec)
        super().__init__(num_envs, randomization, rng, num_threads, spec.compile())
        self.pivot = self._batch.bind("mocap_pos")[:, 0]  # (N, 3) m
        self._facing = self._batch.bind("mocap_quat")[:, 0]
        self.swing = self._batch.bind("qpos")[:, _SWING_Q]  # (N, 2) rad
        self._swing_rate = self._batch.bind("qvel")[:, _SWING_V]

    def release(self, ids: np.ndarray, pivot: np.ndarray, yaw: np.ndarray, angle: np.ndarray) -> None:
        """Let the weights of ``ids`` go from rest.

        Args:
            ids: (n,) environments.
            pivot: (n, 3) m, world frame.
            yaw: (n,) where the pivot faces, rad; the weight swings across this direction.
            angle: (n,) of the rod from hanging, rad; positive to the left.
        """
        self.pivot[ids], self._facing[ids] = pivot, _about_z(yaw)
        self.swing[ids], self._swing_rate[ids] = np.stack([angle, np.zeros_like(angle)], axis=1), 0.0

    def withdraw(self, ids: np.ndarray) -> None:
        """Take the pendulums of ``ids`` out of the way again."""
        self.pivot[ids], self.swing[ids], self._swing_rate[ids] = PARKED, 0.0, 0.0

    def bob_speed(self) -> np.ndarray:
        """Speed (N,) of the weights, m/s."""
        across = np.cos(self.swing[:, 1]) * self._swing_rate[:, 0]
        return LENGTH * np.hypot(across, self._swing_rate[:, 1])

    def bob_energy(self) -> np.ndarray:
        """Energy (N,) of the weights above that of hanging at rest, J: constant while they swing freely."""
        rise = LENGTH * (1 - np.cos(self.swing).prod(axis=1))
        return MASS * (0.5 * self.bob_speed() ** 2 + GRAVITY * rise)


def _about_z(yaw: np.ndarray) -> np.ndarray:
    """Unit quaternions (..., 4) w, x, y, z of turns by ``yaw`` (...), rad."""
    zero = np.zeros_like(yaw, dtype=np.float64)
    return np.stack([np.cos(yaw / 2), zero, zero, np.sin(yaw / 2)], axis=-1)
