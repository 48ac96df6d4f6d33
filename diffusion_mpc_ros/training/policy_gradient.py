"""PPO from where interactive training began, in the physics that it met: what denoising is held against.

Policy gradients refine the demonstrator as ``train finetune`` refines the planner that imitates it, or begin with
nothing as ``train scratch`` does. PPO keeps its own well-tried reward; both are judged by the same check-up, after as
many interactions.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rsl_rl.algorithms import PPO

from diffusion_mpc_ros.closed_loop.rollout import Controller
from diffusion_mpc_ros.simulation.randomization import Randomization
from diffusion_mpc_ros.training.checkpoint import load_checkpoint, read_checkpoint, save_checkpoint
from diffusion_mpc_ros.training.checkup import CheckupConfig, checkup
from diffusion_mpc_ros.training.demonstrator import Demonstrator
from diffusion_mpc_ros.training.locomotion_env import LocomotionConfig, LocomotionEnv
from diffusion_mpc_ros.training.ppo import PpoConfig, ppo_settings, roll_out
from diffusion_mpc_ros.training.progress import training_progress
from diffusion_mpc_ros.training.style import Style, StyleConfig

log = logging.getLogger(__name__)

CHECKPOINT = "ppo.pt"


class PlainWalk:
    """The policy at every tick, without delay, told to walk the plain way (see ``Controller``)."""

    def __init__(self, policy: Demonstrator) -> None:
        self._policy = policy

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        return self._policy(observation, Style.usual(len(observation)))


@dataclass(frozen=True)
class PolicyGradient:
    """One training by PPO.

    Attributes:
        config: of PPO.
        randomization: physics of training and check-ups.
        check: how it is judged.
        start: checkpoint of the plain demonstrator that it begins with, or None for random weights.
        seed: of everything random.
    """

    config: PpoConfig
    randomization: Randomization
    check: CheckupConfig
    start: Path | None
    seed: int

    def run(self, directory: Path, milestones: Sequence[int]) -> list[dict[str, Any]]:
        """Train, with a check-up as soon as each of the rising numbers of interactions is reached.

        Goes on from the check-up at which it was killed.
        """
        rng = np.random.default_rng([self.seed, 8])
        torch.manual_seed(self.seed)
        styles = StyleConfig(plain_share=1.0)
        env = LocomotionEnv(
            LocomotionConfig(self.config.num_envs, randomization=self.randomization, styles=styles), rng
        )
        env.reset()
        obs = env.get_observations()
        algorithm = PPO.construct_algorithm(obs, env, ppo_settings(self.config), "cpu")
        algorithm.train_mode()
        checkpoint, interactions = directory / CHECKPOINT, 0
        history: list[dict[str, Any]] = []
        if checkpoint.exists():
            state = load_checkpoint(checkpoint, rng)
            algorithm.load(state, None, strict=True)
            history, interactions = state["history"], state["interactions"]
            log.info("resuming PPO after %d interactions", interactions)
        elif self.start is not None:
            begun = read_checkpoint(self.start)
            algorithm.load(begun, {"actor": True, "critic": True}, strict=True)

        def save() -> None:
            state = {**algorithm.save(), "history": history, "interactions": interactions}
            save_checkpoint(checkpoint, state, rng)

        def controller(rng: np.random.Generator) -> Controller:
            return PlainWalk(Demonstrator(checkpoint))

        with training_progress("ppo", len(milestones)) as advance:
            for milestone in milestones[len(history) :]:
                while interactions < milestone:
                    obs, _ = roll_out(algorithm, env, obs, self.config.rollout_steps)
                    algorithm.update()
                    interactions += self.config.num_envs * self.config.rollout_steps
                save()
                figures = checkup(controller, self.randomization, self.check)
                history.append({"interactions": interactions, **figures})
                save()
                advance(len(history), f"merit {figures['merit']:.3f}")
        return history
