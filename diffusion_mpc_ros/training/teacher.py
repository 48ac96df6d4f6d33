"""`train teacher`: a policy that is told what it rides on, to lead the planner in interactive training.

It goes on from the plain demonstrator, sees beside what that saw how fast the robot moves and how it is built
(``privileged.py``), and is rewarded more for its speed. A prior of such a policy's own walks fails: what nobody tells
it, it reads off the action before, and drifts. Where the planner has led, such a policy shows the way back.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.training.demonstrator import PLAIN
from diffusion_mpc_ros.training.locomotion_env import LocomotionConfig
from diffusion_mpc_ros.training.locomotion_rewards import WEIGHTS, power, velocity_error, yaw_error
from diffusion_mpc_ros.training.policy import INPUT_WIDTH, joint_targets, policy_input
from diffusion_mpc_ros.training.ppo import TOLD, PpoConfig, load_actor, train_policy
from diffusion_mpc_ros.training.privileged import PRIVILEGED_WIDTH, privileged
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.stage import Stage, add_stage_arguments, open_stage
from diffusion_mpc_ros.training.style import Style, StyleConfig

CHECKPOINT = "teacher.pt"

ENVIRONMENT = LocomotionConfig(
    episode_steps=100,  # a robot that can walk falls as it gets going from an awkward pose, or never
    styles=StyleConfig(plain_share=1.0),
    weights={**WEIGHTS, velocity_error: -8.0, yaw_error: -3.0, power: -2.5e-3},
    fall_penalty=20.0,
)


@dataclass(frozen=True)
class TeacherConfig(PpoConfig):
    """PPO of a policy that can walk when it begins."""

    iterations: int = 2000
    initial_std: float = 0.25
    easy_until: float = 0.0
    hard_from: float = 0.05


class PlainTeacher:
    """Walks robots the plain way: see ``teaching.Teacher``."""

    def __init__(self, checkpoint: Path) -> None:
        self._network = load_actor(checkpoint, INPUT_WIDTH + PRIVILEGED_WIDTH)

    @torch.inference_mode()
    def __call__(self, robot: BatchedGo2, height: np.ndarray, observation: np.ndarray) -> np.ndarray:
        sensed = policy_input(observation, Style.usual(len(observation), height))
        inputs = np.concatenate([sensed, privileged(robot)], axis=1)
        return joint_targets(self._network(torch.from_numpy(inputs)).numpy())


def train(config: TeacherConfig, stage: Stage) -> Path:
    """Train from the run's plain demonstrator, resuming what ``stage.directory`` holds. Returns the checkpoint."""
    checkpoint = stage.directory / CHECKPOINT
    train_policy(config, ENVIRONMENT, checkpoint, [stage.seed, 9], stage.run / "demonstrator" / PLAIN, TOLD)
    return checkpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, "teacher", TeacherConfig)
    train(config, stage)
    return 0
