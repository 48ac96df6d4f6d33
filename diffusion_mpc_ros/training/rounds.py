"""Interactive training (section IV-C): rounds of rolling out, judging, keeping the best and denoising it.

Everything random in a round follows from the seed and the round's number, and a checkpoint is written when a round is
complete: a training that was killed does its last round again and ends as if nothing had happened.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from diffusion_mpc_ros.closed_loop.rollout import Controller
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.simulation.batch import BatchedGo2
from diffusion_mpc_ros.training import parallel
from diffusion_mpc_ros.training.checkpoint import load_checkpoint, read_checkpoint, save_checkpoint
from diffusion_mpc_ros.training.checkup import CheckupConfig, checkup
from diffusion_mpc_ros.training.denoising_network import DenoisingNetwork
from diffusion_mpc_ros.training.interaction import Experience, GuidedPlanners, InteractionConfig, interact
from diffusion_mpc_ros.training.live_prior import live_prior
from diffusion_mpc_ros.training.prior import DenoisingLoss, PriorConfig
from diffusion_mpc_ros.training.progress import training_progress
from diffusion_mpc_ros.training.replay import Kept, ReplayBuffer
from diffusion_mpc_ros.training.returns import segment_returns
from diffusion_mpc_ros.training.rounds_figure import save_figure
from diffusion_mpc_ros.training.settings import SettingsError
from diffusion_mpc_ros.training.teaching import Lessons
from diffusion_mpc_ros.training.trainer import Trainer, TrainerConfig, curves_of
from diffusion_mpc_ros.training.weighting import effective_sample_size, relative, reward_weights

log = logging.getLogger(__name__)

ROUNDS = "rounds"
"""Directory of the segments that each round kept, below the stage's."""
FIGURE = "curves.png"


@dataclass(frozen=True)
class RoundsConfig:
    """Interactive training."""

    rounds: int = 40
    temperature: float = 0.05
    """T of w = exp(R / T); R is a reward a tick, less the family's mean."""
    share: float = 0.25
    """Share of the segments that are kept: those of the greatest return (Top-K)."""
    heaviest: float = 20.0
    """Greatest weight as a multiple of the least one kept."""
    demonstrations: float = 0.5
    """Share of a batch that is offline data."""
    buffer_rounds: int = 10
    """Rounds whose segments are learned from."""
    guided: dict[str, float] = field(default_factory=dict)
    """Share of the robots by the preset (``config/objectives``) that they are planned for; the rest is planned for what
    the robot starts with."""
    taught: float = 0.0
    """Share of the segments that a teacher walks, of the robots planned for what it knows: to walk as ever, or at
    another height."""
    guided_ramp: float = 0.3
    """Share of the rounds over which the guided robots' share grows from nothing."""
    interaction: InteractionConfig = field(default_factory=InteractionConfig)
    training: TrainerConfig = field(
        default_factory=lambda: TrainerConfig(steps=12_000, learning_rate=2e-4, ema_decay=0.995)
    )
    """``steps`` is that of all rounds together."""
    checkup: CheckupConfig = field(default_factory=CheckupConfig)

    @property
    def updates(self) -> int:
        """Gradient steps of a round."""
        return self.training.steps // self.rounds

    def progress(self, number: int) -> float:
        """From 0 in the first round to 1 in the last."""
        return number / max(self.rounds - 1, 1)

    def noise(self, number: int) -> float:
        """Largest deviation of the exploration noise in a round, rad."""
        first, last = self.interaction.noise_std
        return first + self.progress(number) * (last - first)

    def weights(self, returns: np.ndarray) -> np.ndarray:
        """Weights (M,) of what had these returns (M,)."""
        return reward_weights(returns, self.temperature, self.share, self.heaviest)

    def guided_shares(self, number: int) -> np.ndarray:
        """Shares of the robots planned for the deployed objective and for each preset, in a round."""
        grown = min(1.0, self.progress(number) / self.guided_ramp) if self.guided_ramp > 0 else 1.0
        presets = grown * np.array(list(self.guided.values()))
        return np.array([1.0 - presets.sum(), *presets])


@dataclass(frozen=True)
class Roles:
    """The parts that the N robots of a shard have in a round."""

    assigned: np.ndarray  # (N,) the objective that each is planned for
    led: np.ndarray  # (N, S) bool: segments that a teacher walks
    exemplary: np.ndarray  # (N, S) bool: segments that may be learned from


class Rounds:
    """A planner in interactive training.

    Args:
        config: how.
        prior: what is trained.
        trainer: its network, as it begins.
        buffer: what is learned from. Where it already holds rollouts, a round's share of gradient steps comes first.
        normalization: ``mean`` and ``std`` (57,) of the prior.
        objectives: what is planned for: the deployed objective, then those of ``config.guided``.
        seed: of everything random.
        lessons: of a teacher, for ``objectives``.
    """

    def __init__(
        self,
        config: RoundsConfig,
        prior: PriorConfig,
        trainer: Trainer,
        buffer: ReplayBuffer,
        normalization: Mapping[str, Tensor],
        objectives: Sequence[Objective],
        seed: int,
        lessons: Lessons | None = None,
    ) -> None:
        if config.training.steps % config.rounds:
            raise SettingsError(
                f"training.steps: expected a multiple of rounds = {config.rounds}, got {config.training.steps}"
            )
        self.config, self._trainer, self._buffer, self._objectives = config, trainer, buffer, objectives
        self._normalization, self._seed, self._lessons = normalization, seed, lessons
        network, average = (cast(DenoisingNetwork, each) for each in (trainer.network, trainer.average.module))
        self._loss = DenoisingLoss(prior, network)
        mean, std = (normalization[name].numpy() for name in ("mean", "std"))
        self._prior = live_prior(average, prior, mean, std)
        self.history: list[dict[str, Any]] = []
        self._best: dict[str, Any] = {}

    def run(self, checkpoint: Path) -> None:
        """All rounds, going on from what ``checkpoint`` holds; beside it the segments of each, curves and a picture."""
        rng = np.random.default_rng([self._seed, 5])
        if checkpoint.exists():
            self._load(load_checkpoint(checkpoint, rng), checkpoint.parent)
        else:
            torch.manual_seed(self._seed)
            if len(self._buffer) > 0:
                self._learn(rng)
            self._judge({"round": 0, "interactions": 0})
            self._save(checkpoint, rng)
        with (
            curves_of(checkpoint.parent, purge_step=len(self.history)) as curves,
            training_progress(checkpoint.stem, self.config.rounds) as advance,
        ):
            for number in range(len(self.history) - 1, self.config.rounds):
                rng = np.random.default_rng([self._seed, 5, number])
                torch.manual_seed(int(rng.integers(2**32)))
                kept, figures = self._roll_out(number)
                if parallel.leads():
                    kept.save(_segments(checkpoint.parent, number))
                self._buffer.add(kept)
                figures["loss"] = self._learn(rng)
                self._judge(figures)
                self._save(checkpoint, rng)
                if curves is not None:
                    for name, value in figures.items():
                        if isinstance(value, (int, float)):
                            curves.add_scalar(name, value, number + 1)
                    save_figure(checkpoint.parent / FIGURE, self.history)
                    log.info("%s", _line(figures))
                    advance(number + 1, f"merit {figures['merit']:.3f}, best {self._best['merit']:.3f}")
        parallel.wait()

    def _roll_out(self, number: int) -> tuple[Kept, dict[str, Any]]:
        """The segments of a round that are worth learning from, and the figures of the round."""
        config, shards = self.config.interaction, range(self.config.interaction.shards)
        roles = [self._roles(number, shard) for shard in shards]
        lived = [
            interact(
                config,
                partial(self._explorers, roles[shard], config.controller(shard)),
                self.config.noise(number),
                self._seed_of(number, shard),
            )
            for shard in parallel.mine(shards)
        ]
        returns = parallel.gathered(
            [segment_returns(each.reward, each.alive, config.segment, config.outlook) for each in lived]
        )
        scores = np.stack(
            [
                np.where(part.exemplary, relative(each, config.replicas), np.nan)
                for each, part in zip(returns, roles, strict=True)
            ]
        )  # (shards, robots, segments)
        weights = self.config.weights(scores.ravel()).reshape(scores.shape)
        parts = [
            keep(each, roles[shard].assigned, scores[shard], weights[shard], shard * config.shard_envs, config.segment)
            for shard, each in zip(parallel.mine(shards), lived, strict=True)
        ]
        falls = parallel.gathered([float((~each.alive[:, -1]).mean()) for each in lived])
        kept = Kept.joined(parallel.gathered(parts))
        counts = np.bincount(kept.objective, minlength=len(self._objectives))
        return kept, {
            "round": number + 1,
            "interactions": (number + 1) * config.num_envs * config.steps,
            "noise_std": self.config.noise(number),
            "return": float(np.nanmean(np.stack(returns))),
            "falls": float(np.mean(falls)),
            "segments": int(np.isfinite(scores).sum()),
            "kept": len(kept.weight),
            "kept_by_objective": dict(zip(("deployed", *self.config.guided), counts.tolist(), strict=True)),
            "least_score_kept": float(kept.score.min()) if len(kept.score) else float("nan"),
            "effective_sample_size": effective_sample_size(weights.ravel()),
        }

    def _seed_of(self, number: int, shard: int) -> list[int]:
        return [self._seed, 6, number, shard]

    def _roles(self, number: int, shard: int) -> Roles:
        """Who is planned for what in a round, and taught when."""
        config, rng = self.config.interaction, np.random.default_rng([*self._seed_of(number, shard), 0])
        families = config.shard_envs // config.replicas
        chosen = rng.choice(len(self._objectives), size=families, p=self.config.guided_shares(number))
        assigned = np.repeat(chosen, config.replicas)
        segments = config.steps // config.segment
        if self._lessons is None:
            nobody = np.zeros((len(assigned), segments), bool)
            return Roles(assigned, nobody, ~nobody)
        led = self._lessons.drawn(assigned, segments, rng)
        return Roles(assigned, led, self._lessons.exemplary(assigned, led))

    def _explorers(
        self, roles: Roles, controller: ControllerConfig, robot: BatchedGo2, rng: np.random.Generator
    ) -> Controller:
        """What drives the robots of a shard, each planned for its own objective."""
        planners = GuidedPlanners(self._prior, self._objectives, roles.assigned, controller, rng)
        if self._lessons is None:
            return planners
        return self._lessons.give(planners, robot, roles.assigned, roles.led, self.config.interaction.segment)

    def _learn(self, rng: np.random.Generator) -> float:
        """A round's share of the gradient steps; the mean loss."""
        config, trainer, losses = self.config.training, self._trainer, []
        for _ in range(self.config.updates):
            tau, weights = self._buffer.sample(config.batch_size, self.config.demonstrations, rng)
            loss = self._loss(trainer.replica, tau) * parallel.share(weights)
            losses.append(trainer.update({"loss": loss.mean()})["loss"])
        return float(np.mean(losses))

    def _judge(self, figures: dict[str, Any]) -> None:
        """A check-up, added to the figures of the round; the best network so far is kept."""

        def deployed(rng: np.random.Generator) -> Controller:
            robots = np.zeros(self.config.checkup.num_envs, np.intp)
            return GuidedPlanners(self._prior, self._objectives[:1], robots, ControllerConfig(), rng)

        figures |= checkup(deployed, self.config.interaction.randomization, self.config.checkup)
        if not self._best or figures["merit"] > self._best["merit"]:
            network = {name: values.clone() for name, values in self._trainer.average.module.state_dict().items()}
            self._best = {"merit": figures["merit"], "round": figures["round"], "network": network}
        self.history.append(figures)

    def _save(self, checkpoint: Path, rng: np.random.Generator) -> None:
        if parallel.leads():
            state = {**self._trainer.state_dict(), **self._normalization, "best": self._best, "history": self.history}
            save_checkpoint(checkpoint, state, rng)

    def _load(self, state: dict[str, Any], directory: Path) -> None:
        self._trainer.load_state_dict(state)
        self.history, self._best = state["history"], state["best"]
        done = len(self.history) - 1
        for number in range(max(0, done - self.config.buffer_rounds), done):
            self._buffer.add(Kept.load(_segments(directory, number)))
        log.info("resuming after round %d", done)


def keep(
    experience: Experience, objective: np.ndarray, scores: np.ndarray, weights: np.ndarray, first: int, length: int
) -> Kept:
    """The segments of ``length`` ticks that have a weight.

    Args:
        experience: of E robots.
        objective: (E,) what each was planned for.
        scores, weights: (E, S) of their segments.
        first: number of the first robot among all of the round.
        length: ticks of a segment.
    """
    robot, segment = np.nonzero(weights)
    ticks = segment[:, None] * length + np.arange(length)
    of, at = robot[:, None], weights[robot, segment]
    return Kept(
        rows=experience.rows[of, ticks],
        clean=experience.alive[of, ticks],
        weight=at,
        score=scores[robot, segment],
        objective=objective[robot],
        robot=robot + first,
        segment=segment,
        measured=experience.measured[of, ticks],
    )


def read_best(checkpoint: Path) -> dict[str, Any]:
    """All that a checkpoint holds, with ``network`` that of the round that walked best."""
    state = read_checkpoint(checkpoint)
    return {**state, "network": state["best"]["network"]}


def _segments(directory: Path, number: int) -> Path:
    return directory / ROUNDS / f"{number:04d}.npz"


def kept_segments(directory: Path) -> list[Path]:
    """Files of the segments that the rounds of a stage kept."""
    return sorted((directory / ROUNDS).glob("*.npz"))


def _line(figures: Mapping[str, Any]) -> str:
    by_objective = ", ".join(f"{count} {name}" for name, count in figures["kept_by_objective"].items())
    return (
        f"round {figures['round']}: kept {figures['kept']} of {figures['segments']} segments ({by_objective}), scores "
        f"from {figures['least_score_kept']:+.3f}, effective sample size {figures['effective_sample_size']:.1f}; "
        f"falls {figures['falls']:.1%}, loss {figures['loss']:.4f}; "
        f"survival {' '.join(f'{share:.1%}' for share in figures['survival'])}, "
        f"E_v {' '.join(f'{error:.1%}' for error in figures['velocity_error'])}"
    )
