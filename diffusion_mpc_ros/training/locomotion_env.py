"""The demonstrator's training environment: the batched Go2 behind rsl_rl's interface."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from rsl_rl.env import VecEnv
from tensordict import TensorDict

from diffusion_mpc_ros.planning.observation import build_observation
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.simulation.commands import CommandConfig, CommandSampler
from diffusion_mpc_ros.simulation.randomization import TABLE_I, Randomization
from diffusion_mpc_ros.training.locomotion_rewards import FALL_PENALTY, WEIGHTS, Term, Walk, reward
from diffusion_mpc_ros.training.policy import joint_targets, policy_input
from diffusion_mpc_ros.training.privileged import privileged
from diffusion_mpc_ros.training.style import StyleConfig

CONTACT_FORCE = 1.0
"""Normal force above which a foot counts as standing, N."""

TRAINING = replace(TABLE_I, nominal_share=0.35, mixed_share=0.25)
"""One frame of proprioception does not tell how heavy the robot is, so the policy walks right for the average one: many
nominal ones keep its speed true there. A planner that had only ever seen all of Table I or nothing lost a quarter of
0.5 m/s under a load alone."""


@dataclass(frozen=True)
class LocomotionConfig:
    """Episodes of the demonstrator's training."""

    num_envs: int = 512
    episode_steps: int = 1000
    commands: CommandConfig = field(default_factory=CommandConfig)
    randomization: Randomization = TRAINING
    styles: StyleConfig = field(default_factory=StyleConfig)
    weights: Mapping[Term, float] = field(default_factory=lambda: WEIGHTS)
    """Of the reward's terms."""
    fall_penalty: float = FALL_PENALTY
    push_interval_s: float = 6.0
    """Mean time between pushes, s."""
    push_velocity: float = 0.8
    """Largest horizontal velocity a push adds along each axis, m/s."""


class LocomotionEnv(VecEnv):
    """Velocity and height tracking under randomised physics.

    Observation groups: ``policy``, ``privileged``, and what beside these only a critic sees, ``critic``.
    """

    def __init__(self, config: LocomotionConfig, rng: np.random.Generator) -> None:
        self.config = self.cfg = config
        self.num_envs, self.num_actions = config.num_envs, 12
        self.max_episode_length = config.episode_steps
        self.device = "cpu"
        self._rng = rng
        self._difficulty = 1.0
        self.robot = BatchedGo2(config.num_envs, config.randomization, rng)
        self.commands = CommandSampler(config.num_envs, config.commands, rng)
        self.style = config.styles.draw(config.num_envs, rng)
        self.episode_length_buf = torch.randint(0, config.episode_steps, (config.num_envs,))
        self.actions = np.tile(STAND_POSE, (config.num_envs, 3, 1))
        self._dq = np.zeros((config.num_envs, 12))
        self._air_time = np.zeros((config.num_envs, 4))
        self._feet = self.robot.foot_positions().copy()

    def set_difficulty(self, share: float) -> None:
        """Randomisation, pushes and styles at ``share`` (0 to 1) of the configured ones, from each next reset on."""
        self._difficulty = share
        self.robot.randomization = self.config.randomization.scaled(share)

    def reset(self) -> None:
        """Begin a new episode everywhere."""
        self._reset(np.arange(self.num_envs))

    def observation(self) -> np.ndarray:
        """The planner's observation (N, 45)."""
        omega, gravity, q, dq = self.robot.sense()
        return build_observation(omega, gravity, self.commands.commands, q, dq, self.actions[:, 0])

    def get_observations(self) -> TensorDict:
        """Observation groups as rsl_rl wants them."""
        robot = self.robot
        critic = np.concatenate(
            [
                10.0 * (robot.height() - self.style.height)[:, None],
                robot.gravity(),
                robot.foot_forces() > CONTACT_FORCE,
                4.0 * self._air_time,
            ],
            axis=1,
        ).astype(np.float32)
        groups = {
            "policy": torch.from_numpy(policy_input(self.observation(), self.style)),
            "privileged": torch.from_numpy(privileged(robot)),
            "critic": torch.from_numpy(critic),
        }
        return TensorDict(groups, batch_size=[self.num_envs])

    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict]:
        """One control tick under policy outputs (N, 12)."""
        self.actions[:, 1:] = self.actions[:, :-1].copy()
        self.actions[:, 0] = joint_targets(actions.numpy())
        self._push()
        self.robot.step(self.actions[:, 0])
        self.episode_length_buf += 1
        fallen = self.robot.fallen()
        rewards, terms = reward(self._walk(), fallen, self.config.weights, self.config.fall_penalty)
        timed_out = self.episode_length_buf.numpy() >= self.max_episode_length
        self.commands.step()
        self._reset(np.flatnonzero(fallen | timed_out))
        extras = {
            "time_outs": torch.from_numpy((timed_out & ~fallen).astype(np.float32)),
            "log": {**{f"reward/{name}": value for name, value in terms.items()}, "falls": float(fallen.mean())},
        }
        dones = torch.from_numpy(fallen | timed_out)
        return self.get_observations(), torch.from_numpy(rewards.astype(np.float32)), dones, extras

    def _push(self) -> None:
        ids = np.flatnonzero(self._rng.random(self.num_envs) < DT / self.config.push_interval_s)
        velocity = self._rng.uniform(-1, 1, size=(len(ids), 3)) * [1, 1, 0]
        self.robot.push(ids, self._difficulty * self.config.push_velocity * velocity)

    def _walk(self) -> Walk:
        robot = self.robot
        contact = robot.foot_forces() > CONTACT_FORCE
        feet = robot.foot_positions()
        speed = np.linalg.norm((feet - self._feet)[..., :2], axis=-1) / DT
        dq = robot.qvel[:, 6:]
        walk = Walk(
            command=self.commands.commands,
            style=self.style,
            linear_velocity=robot.linear_velocity(),
            angular_velocity=robot.angular_velocity(),
            gravity=robot.gravity(),
            height=robot.height(),
            q=robot.qpos[:, 7:],
            dq=dq,
            ddq=(dq - self._dq) / DT,
            torque=robot.torque,
            actions=self.actions,
            contact=contact,
            landed=contact & (self._air_time > 0),
            air_time=self._air_time.copy(),
            foot_height=robot.foot_clearance(),
            foot_speed=speed,
        )
        self._dq = dq.copy()
        self._feet = feet.copy()
        self._air_time = np.where(contact, 0.0, self._air_time + DT)
        return walk

    def _reset(self, ids: np.ndarray) -> None:
        if len(ids) == 0:
            return
        self.robot.reset(ids)
        self.commands.reset(ids)
        self.style.set(ids, self.config.styles.draw(len(ids), self._rng, self._difficulty))
        self.episode_length_buf[ids] = 0
        self.actions[ids] = STAND_POSE
        self._dq[ids] = 0.0
        self._air_time[ids] = 0.0
        self._feet[ids] = self.robot.foot_positions()[ids]
