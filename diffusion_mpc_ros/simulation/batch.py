"""Many Go2 on flat ground, stepped together on all cores at the control rate."""

import mujoco
import numpy as np
from mjbatch import Batch

from diffusion_mpc_ros.planning.observation import projected_gravity
from diffusion_mpc_ros.planning.trajectory import DT, LEGS
from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.simulation.go2 import STAND_HEIGHT, build_model
from diffusion_mpc_ros.simulation.randomization import Physics, Randomization

TIMESTEP = 0.005
"""Physics step, s: the latency of Table I is a multiple of it."""
SUBSTEPS = round(DT / TIMESTEP)
HISTORY = 12
"""Physics steps of sensing kept: three control ticks, more than the longest latency of Table I."""

_NQ, _NV = 19, 18
"""Coordinates and velocities of the robot: the first ones of the model."""
_SLIDING = np.array([0])
"""Which of MuJoCo's three friction coefficients is the sliding one."""
_SENSED_WIDTH = 31
"""Quaternion 4, q 12, omega 3, dq 12."""


class BatchedGo2:
    """N environments. Every array it hands out has a leading axis of N and is valid until the next call.

    The motors' PD law is evaluated at every physics step. ``rng`` draws physics and initial states. Torques, foot
    forces and foot positions are those of the last physics step's beginning: one TIMESTEP older than ``qpos``.
    ``model`` is the Go2's with position servos; other bodies may follow the robot in it.
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
        self.model = build_model(TIMESTEP, "position") if model is None else model
        self._batch = Batch(self.model, num_envs, num_threads)
        self.qpos = self._batch.bind("qpos")[:, :_NQ]  # (N, 19)
        self.qvel = self._batch.bind("qvel")[:, :_NV]  # (N, 18)
        self.torque = self._batch.bind("actuator_force")  # (N, 12)
        self._ctrl = self._batch.bind("ctrl")
        self._sensordata = self._batch.bind("sensordata")
        self._touch = [self.model.sensor(f"{leg}_touch").adr[0] for leg in LEGS]
        self._feet = [self.model.site(f"{leg}_foot").id for leg in LEGS]
        self._site_xpos = self._batch.bind("site_xpos")
        self._history = np.empty((num_envs, SUBSTEPS, self._batch.nstate))
        self._sensed = np.empty((num_envs, HISTORY, _SENSED_WIDTH))
        self._expand_parameters()
        self.physics: Physics = randomization.draw(num_envs, rng)
        self.reset(np.arange(num_envs))

    def _expand_parameters(self) -> None:
        expand = self._batch.expand
        self._mass, self._ipos, self._inertia = expand("body_mass"), expand("body_ipos"), expand("body_inertia")
        self._friction = expand("geom_friction")
        self._gain, self._bias = expand("actuator_gainprm"), expand("actuator_biasprm")
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
        self._sensed[ids] = self._sensed_of(self.qpos[ids], self.qvel[ids])[:, None]

    def _apply(self, ids: np.ndarray, physics: Physics) -> None:
        nominal, base = self.model, self._base
        mass = nominal.body_mass[base] + physics.payload
        self._mass[ids, base] = mass
        self._inertia[ids, base] = nominal.body_inertia[base] * (mass / nominal.body_mass[base])[:, None]
        self._ipos[ids, base] = nominal.body_ipos[base] + physics.com
        self._friction[np.ix_(ids, self._robot_geoms, _SLIDING)] = physics.friction[:, None, None]
        self._gain[ids, :, 0] = nominal.actuator_gainprm[:, 0] * physics.motor_strength
        self._bias[ids, :, 1:3] = nominal.actuator_biasprm[:, 1:3] * physics.motor_strength[..., None]
        self._batch.set_const(ids)

    def step(self, targets: np.ndarray) -> None:
        """Advance one control tick under joint position targets (N, 12), rad."""
        self._ctrl[:] = targets
        self._batch.step(nstep=SUBSTEPS, history=self._history)
        self._sensed[:, :-SUBSTEPS] = self._sensed[:, SUBSTEPS:]
        time, nq = 1, self.model.nq  # MuJoCo's integration state: time, qpos, qvel, and more
        qpos, qvel = self._history[..., time : time + _NQ], self._history[..., time + nq : time + nq + _NV]
        self._sensed[:, -SUBSTEPS:] = self._sensed_of(qpos, qvel)

    def push(self, ids: np.ndarray, velocity: np.ndarray) -> None:
        """Add ``velocity`` (len(ids), 3), m/s in the world frame, to the trunks of ``ids``."""
        self.qvel[ids, :3] += velocity

    @staticmethod
    def _sensed_of(qpos: np.ndarray, qvel: np.ndarray) -> np.ndarray:
        return np.concatenate([qpos[..., 3:], qvel[..., 3:]], axis=-1)

    def sense(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """What the controller sees, as old as each environment's latency says.

        Angular velocity (N, 3) rad/s and gravity (N, 3) in the body frame, q (N, 12) rad, dq (N, 12) rad/s.
        """
        age = np.rint(self.physics.latency / TIMESTEP).astype(np.intp)
        seen = self._sensed[np.arange(self.num_envs), HISTORY - 1 - age]
        return seen[:, 16:19], projected_gravity(seen[:, :4]), seen[:, 4:16], seen[:, 19:31]

    def power(self) -> np.ndarray:
        """Mechanical power (N,) of all motors, sum_j |torque_j dq_j|, mean over the last tick's physics steps, W.

        The servos' damping is integrated implicitly, so the torque that does a step's work is that of its final speed.
        """
        states = self._sensed[:, -SUBSTEPS - 1 :]
        q, dq = states[:, :-1, 4:16], states[:, 1:, 19:31]  # (N, SUBSTEPS, 12)
        gain, bias = self._gain[:, None, :, 0], self._bias[:, None]
        torque = gain * self._ctrl[:, None] + bias[..., 1] * q + bias[..., 2] * dq
        return np.abs(np.clip(torque, *self.model.actuator_forcerange.T) * dq).sum(axis=2).mean(axis=1)

    def linear_velocity(self) -> np.ndarray:
        """True velocity (N, 3) of the trunk in its own frame, m/s."""
        return rotate_inverse(self.qpos[:, 3:7], self.qvel[:, :3])

    def angular_velocity(self) -> np.ndarray:
        """True angular velocity (N, 3) of the trunk in its own frame, rad/s."""
        return self.qvel[:, 3:6]

    def gravity(self) -> np.ndarray:
        """True gravity direction (N, 3) in the body frame."""
        return projected_gravity(self.qpos[:, 3:7])

    def height(self) -> np.ndarray:
        """Height (N,) of the trunk's origin above the ground, m."""
        return self.qpos[:, 2]

    def foot_forces(self) -> np.ndarray:
        """Normal ground forces (N, 4) on the feet, N, in the order of LEGS."""
        return self._sensordata[:, self._touch]

    def foot_positions(self) -> np.ndarray:
        """Foot centres (N, 4, 3) in the world frame, m."""
        return self._site_xpos[:, self._feet]

    def fallen(self) -> np.ndarray:
        """Which environments (N,) have fallen: trunk tilted beyond 60 degrees or lower than 8 cm."""
        return (self.gravity()[:, 2] > -0.5) | (self.height() < 0.08)


def rotate_inverse(quaternion: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """World vectors (..., 3) in body frames given by unit quaternions (..., 4) w, x, y, z."""
    w, axis = quaternion[..., :1], -quaternion[..., 1:]
    twice = 2 * np.cross(axis, vector)
    return vector + w * twice + np.cross(axis, twice)
