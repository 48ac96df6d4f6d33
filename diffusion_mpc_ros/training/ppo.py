"""PPO (rsl_rl) in the batched simulation: how policies are trained here, whatever they are rewarded for."""

import logging
from collections import defaultdict
from collections.abc import Mapping
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
from diffusion_mpc_ros.training.progress import training_progress

log = logging.getLogger(__name__)

HIDDEN, ACTIVATION = [256, 128, 64], "elu"
FIRST_LAYER = "mlp.0.weight"
SENSED, TOLD = ("policy",), ("policy", "privileged")
"""Observation groups of a policy that walks by what a robot senses, and of one that is told more."""


@dataclass(frozen=True)
class PpoConfig:
    """PPO. Rewards and their weights are in ``locomotion_rewards.py``."""

    iterations: int = 1400
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
    """Of exploration, in units of the policy's output, also of one that begins as another ended."""
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


def ppo_settings(config: PpoConfig, seen: tuple[str, ...] = SENSED) -> dict[str, Any]:
    """The configuration that rsl_rl expects, of a policy that sees the observation groups ``seen``."""
    network = {"class_name": "MLPModel", "hidden_dims": HIDDEN, "activation": ACTIVATION}
    distribution = {"class_name": "GaussianDistribution", "init_std": config.initial_std}
    return {
        "num_steps_per_env": config.rollout_steps,
        "obs_groups": {"actor": list(seen), "critic": ["policy", "privileged", "critic"]},
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


def difficulty(config: PpoConfig, iteration: int) -> float:
    """Share of randomisation, pushes and styles in force at an iteration."""
    progress = iteration / config.iterations
    return float(np.clip((progress - config.easy_until) / (config.hard_from - config.easy_until), 0.0, 1.0))


def desired_kl(config: PpoConfig, iteration: int) -> float:
    """How far an update of the policy should go at an iteration, as the KL divergence."""
    share = (iteration / config.iterations - config.anneal_from) / (1.0 - config.anneal_from)
    return config.desired_kl * (1.0 - 0.9 * float(np.clip(share, 0.0, 1.0)))


def train_policy(
    config: PpoConfig,
    environment: LocomotionConfig,
    checkpoint: Path,
    seed: list[int],
    begin: Path | None = None,
    seen: tuple[str, ...] = SENSED,
) -> None:
    """Train the policy of ``checkpoint``, going on from what it holds.

    Args:
        config: how.
        environment: what it is rewarded for and where; its size and physics are those of ``config``.
        checkpoint: where its state goes; its name without suffix is that of the policy.
        seed: decides everything random.
        begin: checkpoint of the policy that it is at first; random weights by default.
        seen: observation groups that the policy sees; what ``begin`` did not see has no effect at first.
    """
    if checkpoint.exists() and read_checkpoint(checkpoint)["iteration"] >= config.iterations:
        return
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed[0])
    env = LocomotionEnv(replace(environment, num_envs=config.num_envs, randomization=config.randomization), rng)
    env.set_difficulty(0.0)
    env.reset()
    obs = env.get_observations()
    algorithm = PPO.construct_algorithm(obs, env, ppo_settings(config, seen), "cpu")
    algorithm.train_mode()
    start = 0
    if checkpoint.exists():
        state = load_checkpoint(checkpoint, rng)
        algorithm.load(state, None, strict=True)
        start = state["iteration"]
        log.info("resuming the %s policy at iteration %d", checkpoint.stem, start)
    elif begin is not None:
        width = sum(obs[group].shape[1] for group in seen)
        algorithm.load(widened(read_checkpoint(begin), width), {"actor": True, "critic": True}, strict=True)
        algorithm.get_policy().distribution.std_param.data.fill_(config.initial_std)
    with (
        SummaryWriter(str(checkpoint.with_suffix(""))) as curves,
        training_progress(checkpoint.stem, config.iterations) as advance,
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


def widened(state: Mapping[str, Any], width: int) -> dict[str, Any]:
    """A checkpoint whose actor takes ``width`` inputs: what is new comes last and has no weight."""
    actor = dict(state["actor_state_dict"])
    first = actor[FIRST_LAYER]
    actor[FIRST_LAYER] = torch.cat([first, first.new_zeros(len(first), width - first.shape[1])], dim=1)
    return {**state, "actor_state_dict": actor}


def load_actor(checkpoint: Path, inputs: int) -> MLP:
    """The network of a policy of ``inputs`` values: (N, inputs) to (N, 12)."""
    network = MLP(inputs, ACTION_DIM, HIDDEN, ACTIVATION)
    state, prefix = read_checkpoint(checkpoint)["actor_state_dict"], "mlp."
    network.load_state_dict(
        {name.removeprefix(prefix): values for name, values in state.items() if name.startswith(prefix)}
    )
    return network


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
