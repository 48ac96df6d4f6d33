"""Many Go2, each on its own ground, stepped together on all cores at the control rate."""

import mujoco
import numpy as np
from mjbatch import Batch

from diffusion_mpc_ros.planning.trajectory import DT, LEGS
from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.simulation.go2 import GROUND, STAND_HEIGHT, build_spec
from diffusion_mpc_ros.simulation.imu import ImuErrors
from diffusion_mpc_ros.simulation.physics import Physics
from diffusion_mpc_ros.simulation.randomization import Randomization
from diffusion_mpc_ros.simulation.terrain import PERIOD, ROUGH, Terrain, add_rough_ground

TIMESTEP = 0.005
"""Physics step, s: the latency of Table I is a multiple of it."""
SUBSTEPS = round(DT / TIMESTEP)
HISTORY = 12
"""Physics steps of sensing kept: three control ticks, more than the longest latency of Table I."""

PUSH_INTERVAL_S = 5.0
"""Mean time between the pushes of ``Randomization.push``, s."""

_NQ, _NV = 19, 18
"""Coordinates and velocities of the robot: the first ones of the model."""
_SLIDING = np.array([0])
"""Which of MuJoCo's three friction coefficients is the sliding one."""
_SENSED_WIDTH = 31
"""Quaternion 4, q 12, omega 3, dq 12."""


class BatchedGo2:
    """N environments. Every array it hands out has a leading axis of N and is valid until the next call.

    The motors' PD law is evaluated at every physics step. ``rng`` draws physics, initial states, pushes and noise.
    Torques, foot forces and foot positions are those of the last physics step's beginning: one TIMESTEP older than
    ``qpos``. ``model`` is the Go2's with position servos; other bodies may follow the robot in it. The world's z axis
    is normal to the ground: on a slope it is gravity that is inclined. Rough ground is there if the ``randomization``
    that the batch is made with has any, up to as rough as that.
    """

    def __init__(
        self,
        num_envs: int,
        randomization: Randomization,
        rng: np.random.Generator,
        num_threads: int = 0,
        model: mujoco.MjModel | None = None,
    ) -> None:
        self.num_envs = num_envs
        self.randomization = randomization
        self._rng = rng
        self.model = _model(randomization) if model is None else model
        self._batch = Batch(self.model, num_envs, num_threads)
        self.qpos = self._batch.bind("qpos")[:, :_NQ]  # (N, 19)
        self.qvel = self._batch.bind("qvel")[:, :_NV]  # (N, 18)
        self.torque = self._batch.bind("actuator_force")  # (N, 12)
        self._ctrl = self._batch.bind("ctrl")
        self._sensordata = self._batch.bind("sensordata")
        self._touch = [self.model.sensor(f"{leg}_touch").adr[0] for leg in LEGS]
        self._feet = [self.model.site(f"{leg}_foot").id for leg in LEGS]
        self._site_xpos = self._batch.bind("site_xpos")
        self._applied = np.empty((num_envs, SUBSTEPS, 12))
        self._history = np.empty((num_envs, SUBSTEPS, self._batch.nstate))
        self._substep = np.empty((num_envs, 1, self._batch.nstate))
        self._sensed = np.empty((num_envs, HISTORY, _SENSED_WIDTH))
        self._expand_parameters()
        largest = randomization.roughness[1]
        if model is not None and largest > 0:
            raise ValueError(f"roughness: expected 0 with a model of one's own, got {largest} m; leave the model out")
        self._terrain = Terrain(num_envs, largest) if largest > 0 else None
        if self._terrain is not None:
            self._patch = self._batch.bind("mocap_pos")[:, 0]  # (N, 3)
        self._imu = ImuErrors(num_envs, rng)
        self.physics: Physics = randomization.draw(num_envs, rng)
        self._down = self.physics.down
        self.reset(np.arange(num_envs))

    def _expand_parameters(self) -> None:
        expand = self._batch.expand
        self._mass, self._ipos, self._inertia = expand("body_mass"), expand("body_ipos"), expand("body_inertia")
        self._friction = expand("geom_friction")
        self._gain, self._bias = expand("actuator_gainprm"), expand("actuator_biasprm")
        self._joint_friction, self._armature = expand("dof_frictionloss"), expand("dof_armature")
        self._gravity = expand("gravity")
        self._collides, self._field = expand("geom_contype"), expand("geom_dataid")
        self._base = self.model.body("base").id
        self._robot_geoms = self.model.body_rootid[self.model.geom_bodyid] == self._base

    def reset(self, ids: np.ndarray) -> None:
        """Put the environments ``ids`` (sorted) back to standing, with physics and joint positions drawn anew."""
        if len(ids) == 0:
            return
        ids = np.asarray(ids, dtype=np.int32)
        drawn = self.randomization.draw(len(ids), self._rng)
        self.physics.set(ids, drawn)
        self._apply(ids, drawn)
        self._batch.reset(ids, keyframe=0)
        self.qpos[ids, 7:] = np.clip(STAND_POSE * drawn.initial_joint_scale, *self.model.jnt_range[1:13].T)
        self.qpos[ids, 2] = STAND_HEIGHT + 0.02
        if self._terrain is not None:
            self._place(ids, self._terrain)
        self._sensed[ids] = self._sensed_of(self.qpos[ids], self.qvel[ids])[:, None]

    def _apply(self, ids: np.ndarray, physics: Physics) -> None:
        nominal, base = self.model, self._base
        mass = nominal.body_mass[base] + physics.payload
        self._mass[ids, base] = mass
        self._inertia[ids, base] = nominal.body_inertia[base] * (mass / nominal.body_mass[base])[:, None]
        self._ipos[ids, base] = nominal.body_ipos[base] + physics.com
        self._friction[np.ix_(ids, self._robot_geoms, _SLIDING)] = physics.friction[:, None, None]
        gains = physics.motor_strength[..., None] * np.stack([physics.stiffness, physics.damping], axis=-1)
        self._gain[ids, :, 0] = nominal.actuator_gainprm[:, 0] * gains[..., 0]
        self._bias[ids, :, 1:3] = nominal.actuator_biasprm[:, 1:3] * gains
        self._joint_friction[ids, 6:_NV], self._armature[ids, 6:_NV] = physics.joint_friction, physics.armature
        self._down[ids] = physics.down
        self._gravity[ids] = np.linalg.norm(nominal.opt.gravity) * physics.down
        self._batch.set_const(ids)

    def _place(self, ids: np.ndarray, terrain: Terrain) -> None:
        """Give ``ids`` their ground, and put the robots of the rough ones somewhere on it."""
        terrain.set(ids, self.physics.roughness[ids])
        rough = ids[terrain.level[ids] > 0]
        plane, patch = self.model.geom(GROUND).id, self.model.geom(ROUGH).id
        self._collides[ids, plane], self._collides[ids, patch] = 1, 0
        self._collides[rough, plane], self._collides[rough, patch] = 0, 1
        self._field[rough, patch] = terrain.level[rough] - 1
        self.qpos[rough, :2] = self._rng.uniform(-PERIOD / 2, PERIOD / 2, size=(len(rough), 2))
        self.qpos[rough, 2] += terrain.amplitude[rough]  # above whatever is below each foot

    def _follow(self, terrain: Terrain) -> None:
        """Put each patch under its robot: by whole periods, so that the ground does not change."""
        self._patch[:, :2] = PERIOD * np.rint(self.qpos[:, :2] / PERIOD)
        self._patch[:, 2] = -terrain.amplitude

    def step(self, targets: np.ndarray) -> None:
        """Advance one control tick under joint position targets (N, 12), rad."""
        if self._terrain is not None:
            self._follow(self._terrain)
        self._push_at_random()
        self._imu.step(self.physics)
        delay = np.rint(self.physics.action_delay / TIMESTEP)
        if delay.any():
            late = np.arange(SUBSTEPS) < delay[:, None]
            self._applied[:] = np.where(late[..., None], self._ctrl[:, None], np.asarray(targets)[:, None])
            for substep in range(SUBSTEPS):
                self._ctrl[:] = self._applied[:, substep]
                self._batch.step(history=self._substep)
                self._history[:, substep] = self._substep[:, 0]
            self._ctrl[:] = targets
        else:
            self._applied[:] = np.asarray(targets)[:, None]
            self._ctrl[:] = targets
            self._batch.step(nstep=SUBSTEPS, history=self._history)
        self._sensed[:, :-SUBSTEPS] = self._sensed[:, SUBSTEPS:]
        time, nq = 1, self.model.nq  # MuJoCo's integration state: time, qpos, qvel, and more
        qpos, qvel = self._history[..., time : time + _NQ], self._history[..., time + nq : time + nq + _NV]
        self._sensed[:, -SUBSTEPS:] = self._sensed_of(qpos, qvel)

    def push(self, ids: np.ndarray, velocity: np.ndarray) -> None:
        """Add ``velocity`` (len(ids), 3), m/s in the world frame, to the trunks of ``ids``."""
        self.qvel[ids, :3] += velocity

    def _push_at_random(self) -> None:
        largest = self.physics.push
        if largest.any():
            replicas = self.randomization.replicas
            pushed = np.flatnonzero(self._rng.random(-(-self.num_envs // replicas)) < DT / PUSH_INTERVAL_S)
            direction = self._rng.uniform(-1, 1, size=(len(pushed), 3)) * [1, 1, 0]
            ids = (pushed[:, None] * replicas + np.arange(replicas)).ravel()
            there = ids < self.num_envs
            self.push(ids[there], largest[ids[there], None] * np.repeat(direction, replicas, axis=0)[there])

    @staticmethod
    def _sensed_of(qpos: np.ndarray, qvel: np.ndarray) -> np.ndarray:
        return np.concatenate([qpos[..., 3:], qvel[..., 3:]], axis=-1)

    def sense(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """What the controller sees, as old as each environment's latency says, with the errors of its IMU.

        Angular velocity (N, 3) rad/s and gravity (N, 3) in the body frame, q (N, 12) rad, dq (N, 12) rad/s.
        """
        age = np.rint(self.physics.latency / TIMESTEP).astype(np.intp)
        seen = self._sensed[np.arange(self.num_envs), HISTORY - 1 - age]
        omega = self._imu.angular_velocity(seen[:, 16:19], self.physics)
        gravity = self._imu.gravity(rotate_inverse(seen[:, :4], self._down), self.physics)
        return omega, gravity, seen[:, 4:16], seen[:, 19:31]

    def power(self) -> np.ndarray:
        """Mechanical power (N,) of all motors, sum_j |torque_j dq_j|, mean over the last tick's physics steps, W.

        The servos' damping is integrated implicitly, so the torque that does a step's work is that of its final speed.
        """
        states = self._sensed[:, -SUBSTEPS - 1 :]
        q, dq = states[:, :-1, 4:16], states[:, 1:, 19:31]  # (N, SUBSTEPS, 12)
        gain, bias = self._gain[:, None, :, 0], self._bias[:, None]
        torque = gain * self._applied + bias[..., 1] * q + bias[..., 2] * dq
        return np.abs(np.clip(torque, *self.model.actuator_forcerange.T) * dq).sum(axis=2).mean(axis=1)

    def linear_velocity(self) -> np.ndarray:
        """True velocity (N, 3) of the trunk in its own frame, m/s."""
        return rotate_inverse(self.qpos[:, 3:7], self.qvel[:, :3])

    def angular_velocity(self) -> np.ndarray:
        """True angular velocity (N, 3) of the trunk in its own frame, rad/s."""
        return self.qvel[:, 3:6]

    def gravity(self) -> np.ndarray:
        """True gravity direction (N, 3) in the body frame."""
        return rotate_inverse(self.qpos[:, 3:7], self._down)

    def height(self) -> np.ndarray:
        """Height (N,) of the trunk's origin above the ground below it, m."""
        return self.qpos[:, 2] - self._ground(self.qpos[:, :2])

    def _ground(self, xy: np.ndarray) -> np.ndarray:
        """Height (N, ...) of the ground at points xy (N, ..., 2), m."""
        return np.zeros(xy.shape[:-1]) if self._terrain is None else self._terrain.height(xy)

    def foot_forces(self) -> np.ndarray:
        """Normal ground forces (N, 4) on the feet, N, in the order of LEGS."""
        return self._sensordata[:, self._touch]

    def foot_positions(self) -> np.ndarray:
        """Foot centres (N, 4, 3) in the world frame, m."""
        return self._site_xpos[:, self._feet]

    def foot_clearance(self) -> np.ndarray:
        """Height (N, 4) of the feet's centres above the ground below them, m."""
        feet = self.foot_positions()
        return feet[..., 2] - self._ground(feet[..., :2])

    def fallen(self) -> np.ndarray:
        """Which environments (N,) have fallen: trunk tilted beyond 60 degrees or lower than 8 cm."""
        return (self.gravity()[:, 2] > -0.5) | (self.height() < 0.08)


def _model(randomization: Randomization) -> mujoco.MjModel:
    spec = build_spec(TIMESTEP, "position")
    if randomization.roughness[1] > 0:
        add_rough_ground(spec, randomization.roughness[1])
    return spec.compile()


def rotate_inverse(quaternion: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """World vectors (..., 3) in body frames given by unit quaternions (..., 4) w, x, y, z."""
    w, axis = quaternion[..., :1], -quaternion[..., 1:]
    twice = 2 * np.cross(axis, vector)
    return vector + w * twice + np.cross(axis, twice)
