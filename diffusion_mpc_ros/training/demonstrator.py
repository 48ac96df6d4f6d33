"""`train demonstrator`: PPO in the batched simulation (paper V-C, the policy that is imitated).

The policies see the planner's observation and a style (``style.py``) that the planner never sees. The first learns the
plain way, fit for rough physics; the second goes on from it and learns the styles. From nothing it may never find
walking: one that had to settled for standing and trembling.
"""

import argparse
import logging
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rsl_rl.algorithms import PPO
from rsl_rl.modules import MLP
from torch.utils.tensorboard import SummaryWriter

from diffusion_mpc_ros.planning.trajectory import ACTION_DIM, DT
from diffusion_mpc_ros.simulation.randomization import Randomization
from diffusion_mpc_ros.training.checkpoint import load_checkpoint, read_checkpoint, save_checkpoint
from diffusion_mpc_ros.training.locomotion_env import TRAINING, LocomotionConfig, LocomotionEnv
from diffusion_mpc_ros.training.policy import INPUT_WIDTH, joint_targets, policy_input
from diffusion_mpc_ros.training.progress import training_progress
from diffusion_mpc_ros.training.stage import USER_ERRORS as USER_ERRORS
from diffusion_mpc_ros.training.stage import Stage, add_stage_arguments, open_stage
from diffusion_mpc_ros.training.style import Style, StyleConfig

log = logging.getLogger(__name__)

PLAIN, STYLED = "plain.pt", "styled.pt"
"""Checkpoints of the two policies."""
HIDDEN, ACTIVATION = [256, 128, 64], "elu"


@dataclass(frozen=True)
class DemonstratorConfig:
    """PPO. Rewards and their weights are in ``locomotion_rewards.py``."""

    iterations: int = 1400
    """Of the plain policy."""
    styled_iterations: int = 1300
    """Of the styled one, which can walk when it begins."""
    num_envs: int = 512
    rollout_steps: int = 24
    epochs: int = 4
    mini_batches: int = 4
    learning_rate: float = 5e-4
    """Initial rate; adapted each mini-batch to hold ``desired_kl``."""
    desired_kl: float = 0.012
    entropy: float = 0.003
    gamma: float = 0.99
    lam: float = 0.95
    initial_std: float = 0.6
    randomization: Randomization = TRAINING
    easy_until: float = 0.1
    """Share of the iterations in which physics is nominal: walking is found much sooner there."""
    hard_from: float = 0.4
    """Share of the iterations after which difficulty (randomisation, pushes, styles) is whole; it grows in between."""
    anneal_from: float = 0.6
    """Share of the iterations after which ``desired_kl`` falls to a tenth at the end: the last policy is then a settled
    one rather than one of many that circle around it."""
    checkpoint_every: int = 10
    """Iterations (about 10 s) that a kill can cost."""


def ppo_settings(config: DemonstratorConfig) -> dict[str, Any]:
    """The configuration that rsl_rl expects."""
    network = {"class_name": "MLPModel", "hidden_dims": HIDDEN, "activation": ACTIVATION}
    distribution = {"class_name": "GaussianDistribution", "init_std": config.initial_std}
    return {
        "num_steps_per_env": config.rollout_steps,
        "obs_groups": {"actor": ["policy"], "critic": ["policy", "privileged"]},
        "multi_gpu": None,
        "actor": {**network, "distribution_cfg": distribution},
        "critic": dict(network),
        "algorithm": {
            "class_name": "PPO",
            "num_learning_epochs": config.epochs,
            "num_mini_batches": config.mini_batches,
            "learning_rate": config.learning_rate,
            "desired_kl": config.desired_kl,
            "entropy_coef": config.entropy,
            "gamma": config.gamma,
            "lam": config.lam,
            "rnd_cfg": None,
            "symmetry_cfg": None,
        },
    }


class Demonstrator:
    """A trained policy: observations (N, 45) and styles to joint targets (N, 12), rad."""

    def __init__(self, checkpoint: Path) -> None:
        state = read_checkpoint(checkpoint)["actor_state_dict"]
        self.network = MLP(INPUT_WIDTH, ACTION_DIM, HIDDEN, ACTIVATION)
        prefix = "mlp."
        weights = {name.removeprefix(prefix): values for name, values in state.items() if name.startswith(prefix)}
        self.network.load_state_dict(weights)

    @torch.inference_mode()
    def __call__(self, observation: np.ndarray, style: Style) -> np.ndarray:
        return joint_targets(self.network(torch.from_numpy(policy_input(observation, style))).numpy())


class Demonstrators:
    """Both policies of a run's demonstrator stage: each robot walks by the one that knows its style."""

    def __init__(self, directory: Path) -> None:
        self._plain, self._styled = Demonstrator(directory / PLAIN), Demonstrator(directory / STYLED)

    def __call__(self, observation: np.ndarray, style: Style) -> np.ndarray:
        policies = (policy(observation, style) for policy in (self._plain, self._styled))
        return np.where(style.plain[:, None], *policies)


def difficulty(config: DemonstratorConfig, iteration: int) -> float:
    """Share of randomisation, pushes and styles in force at an iteration."""
    progress = iteration / config.iterations
    return float(np.clip((progress - config.easy_until) / (config.hard_from - config.easy_until), 0.0, 1.0))


def desired_kl(config: DemonstratorConfig, iteration: int) -> float:
    """How far an update of the policy should go at an iteration, as the KL divergence."""
    share = (iteration / config.iterations - config.anneal_from) / (1.0 - config.anneal_from)
    return config.desired_kl * (1.0 - 0.9 * float(np.clip(share, 0.0, 1.0)))


def train(config: DemonstratorConfig, stage: Stage) -> None:
    """Train both policies, resuming what ``stage.directory`` holds."""
    plain, styled = stage.directory / PLAIN, stage.directory / STYLED
    _train(config, StyleConfig(plain_share=1.0), plain, None, [stage.seed, 0])
    later = replace(config, iterations=config.styled_iterations)
    _train(later, StyleConfig(plain_share=0.0), styled, plain, [stage.seed, 1])


def _train(
    config: DemonstratorConfig, styles: StyleConfig, checkpoint: Path, begin: Path | None, seed: list[int]
) -> None:
    """Train ``checkpoint``, which begins as ``begin`` is, or with random weights."""
    if checkpoint.exists() and read_checkpoint(checkpoint)["iteration"] >= config.iterations:
        return
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed[0])
    env = LocomotionEnv(LocomotionConfig(config.num_envs, randomization=config.randomization, styles=styles), rng)
    env.set_difficulty(0.0)
    env.reset()
    obs = env.get_observations()
    algorithm = PPO.construct_algorithm(obs, env, ppo_settings(config), "cpu")
    algorithm.train_mode()
    start = 0
    if checkpoint.exists():
        state = load_checkpoint(checkpoint, rng)
        algorithm.load(state, None, strict=True)
        start = state["iteration"]
        log.info("resuming the %s demonstrator at iteration %d", checkpoint.stem, start)
    elif begin is not None:
        algorithm.load(read_checkpoint(begin), {"actor": True, "critic": True}, strict=True)
    name = f"{checkpoint.stem} demonstrator"
    with (
        SummaryWriter(str(checkpoint.with_suffix(""))) as curves,
        training_progress(name, config.iterations) as advance,
    ):
        for iteration in range(start, config.iterations):
            env.set_difficulty(difficulty(config, iteration))
            algorithm.desired_kl = desired_kl(config, iteration)
            obs, means = roll_out(algorithm, env, obs, config.rollout_steps)
            means |= {f"loss/{name}": value for name, value in algorithm.update().items()}
            means["action_std"] = algorithm.get_policy().output_std.mean().item()
            for name, value in means.items():
                curves.add_scalar(name, value, iteration)
            advance(iteration + 1, f"reward {means['reward/total']:+.2f}/s, falls {means['falls'] / DT:.3f}/s")
            if (iteration + 1) % config.checkpoint_every == 0 or iteration + 1 == config.iterations:
                save_checkpoint(checkpoint, {**algorithm.save(), "iteration": iteration + 1}, rng)


def roll_out(algorithm: PPO, env: LocomotionEnv, obs: Any, steps: int) -> tuple[Any, dict[str, float]]:
    """``steps`` ticks in every environment; the next observations and the means of what was logged."""
    sums: dict[str, float] = defaultdict(float)
    with torch.inference_mode():
        for _ in range(steps):
            actions = algorithm.act(obs)
            obs, rewards, dones, extras = env.step(actions)
            algorithm.process_env_step(obs, rewards, dones, extras)
            for name, value in extras["log"].items():
                sums[name] += value / steps
            sums["reward/total"] += float(rewards.mean()) / DT / steps
        algorithm.compute_returns(obs)
    return obs, sums


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stage_arguments(parser)


def run(args: argparse.Namespace) -> int:
    config, stage = open_stage(args, "demonstrator", DemonstratorConfig)
    train(config, stage)
    return 0
