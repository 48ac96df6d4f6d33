"""Plans for a batch of robots: decides who starts from noise and who from the previous plan, and samples."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.noise import NoiseBank
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.sampler import Sampler
from diffusion_mpc_ros.planning.sampling import Given, Start
from diffusion_mpc_ros.planning.stopwatch import PHASES
from diffusion_mpc_ros.planning.trajectory import ACTION, ACTION_DIM, STATE_DIM, STATE_NAMES, WIDTH
from diffusion_mpc_ros.planning.velocity_feedback import Pursuit, corrected
from diffusion_mpc_ros.planning.warm_start import shift


@dataclass(frozen=True)
class Plan:
    """Plans of B robots.

    Attributes:
        tau: (B, H, 57) best trajectories, physical units; row 0 is the tick planned for.
        first: (B, H, 57) their first estimates, before any guidance.
        scores: (B, N) what the candidates are ranked by; zeros when there was nothing to rank.
        clipped: (B,) share of the values that the last projection moved.
        refreshed: (B,) whether the plan started from noise.
        latency_s: time spent, s: ``total``, and of that in each of the ``stopwatch.PHASES``.
        revision: of the objective planned for.
        pursuit: how the command was corrected; None without velocity feedback.
    """

    tau: np.ndarray
    first: np.ndarray
    scores: np.ndarray
    clipped: np.ndarray
    refreshed: np.ndarray
    latency_s: Mapping[str, float]
    revision: int
    pursuit: Pursuit | None

    @property
    def actions(self) -> np.ndarray:
        """(B, H, 12) joint position targets, rad."""
        return self.tau[..., ACTION]


@dataclass(frozen=True)
class _Memory:
    """The previous plans and what they were made for."""

    tau: np.ndarray  # (B, H, 57)
    tick: int
    revision: int
    valid: np.ndarray  # (B,)


class Planner:
    """Diffusion-MPC (section IV) with early-step caching (section IV-D).

    Args:
        prior: the model; a ``ModelBundle`` is one.
        rng: source of all randomness; the same seed and calls give the same plans.
        threads: of the sampler.
    """

    def __init__(self, prior: Prior, rng: np.random.Generator, threads: int = 1) -> None:
        self._prior = prior
        self._noise = NoiseBank(rng)
        self._sample = Sampler(prior, self._noise, threads)
        self._memory: _Memory | None = None
        self._pursuit: Pursuit | None = None

    def plan(
        self, observation: np.ndarray, objective: Objective, tick: int, committed: np.ndarray | None = None
    ) -> Plan:
        """Plan from the current observations.

        Args:
            observation: (B, 45) physical units.
            objective: what to plan for.
            tick: control tick of the observations; tells how far the previous plans have been executed.
            committed: (B, D, 12) actions that are executed meanwhile, rad; plans go on from them. None are by default.

        Raises:
            ValueError: an observation or actions of another shape or not finite.
        """
        began = time.perf_counter()
        observation = self._corrected(_checked(observation), objective, tick)
        committed = None if committed is None else _checked_actions(committed, self._prior.horizon)
        num_robots, horizon = len(observation), self._prior.horizon

        memory = self._memory
        holds = self._holds(memory, observation, objective, tick)
        refreshed = ~holds | (objective.warm_start.steps == 0)
        everyone = Given.of(observation, committed)
        parts: list[tuple[np.ndarray, Given, Start | None]] = []
        if not holds.all():
            parts.append((~holds, everyone.of_robots(~holds), None))
        if memory is not None and holds.any():
            elapsed, previous = tick - memory.tick, memory.tau[holds]
            given = replace(everyone.of_robots(holds), previous=previous[:, elapsed:, ACTION])
            start = self._start(previous, elapsed, objective) if objective.warm_start.steps > 0 else None
            parts.append((holds, given, start))

        tau, first = np.empty((2, num_robots, horizon, WIDTH), np.float32)
        scores = np.empty((num_robots, objective.sampling.candidates), np.float32)
        clipped = np.empty(num_robots)
        latency = dict.fromkeys(PHASES, 0.0)
        for robots, given, start in parts:
            result = self._sample(objective.reward, objective.constraints, objective.sampling, given, start)
            tau[robots], first[robots] = result.best, result.first
            scores[robots], clipped[robots] = result.scores, result.clipped
            for phase, seconds in result.seconds.items():
                latency[phase] += seconds

        self._memory = _Memory(tau.copy(), tick, objective.revision, np.ones(num_robots, bool))
        latency["total"] = time.perf_counter() - began
        return Plan(tau, first, scores, clipped, refreshed, latency, objective.revision, self._pursuit)

    def reset(self, robots: np.ndarray | None = None) -> None:
        """Forget the previous plans of these robots (indices or (B,) mask), or of all."""
        chosen = slice(None) if robots is None else robots
        if self._memory is not None:
            valid = self._memory.valid.copy()
            valid[chosen] = False
            self._memory = replace(self._memory, valid=valid)
        if self._pursuit is not None:
            self._pursuit = self._pursuit.forgetting(chosen)

    def _corrected(self, observation: np.ndarray, objective: Objective, tick: int) -> np.ndarray:
        """The observations with the command that velocity feedback makes of the one told."""
        if objective.feedback is None:
            self._pursuit = None
            return observation
        self._pursuit = objective.feedback.pursue(observation, tick, self._pursuit)
        return corrected(observation, self._pursuit)

    def _holds(self, memory: _Memory | None, observation: np.ndarray, objective: Objective, tick: int) -> np.ndarray:
        """(B,) bool: who has a previous plan that still says what to do, if anything asks for it."""
        if objective.warm_start.steps == 0 and objective.sampling.coherence == 0.0:
            return np.zeros(len(observation), bool)
        if memory is None or len(memory.tau) != len(observation) or memory.revision != objective.revision:
            return np.zeros(len(observation), bool)
        return memory.valid & objective.warm_start.holds(observation, memory.tau, tick - memory.tick)

    def _start(self, previous: np.ndarray, elapsed: int, objective: Objective) -> Start:
        """Previous plans (B, H, 57), shifted to now and noised up to their level, for each candidate anew."""
        num_robots, n, horizon = len(previous), objective.sampling.candidates, self._prior.horizon
        normalization, schedule = self._prior.normalization, self._prior.schedule
        skipped, temperature = objective.warm_start.steps, np.float32(objective.sampling.temperature)
        level = schedule.levels(objective.sampling.steps)[skipped]
        noise = self._noise(num_robots * n, horizon).reshape(num_robots, n, horizon, WIDTH)
        tau_0 = normalization.encode(shift(previous, elapsed))[:, None]  # (B, 1, H, 57)
        return Start(normalization.decode(schedule.forward(tau_0, level, temperature * noise)), skipped)


def _checked(observation: np.ndarray) -> np.ndarray:
    observation = np.asarray(observation, np.float32)
    if observation.ndim != 2 or observation.shape[1] != STATE_DIM:
        raise ValueError(f"observation: expected shape (B, {STATE_DIM}), got {observation.shape}")
    for robot, column in np.argwhere(~np.isfinite(observation)):
        raise ValueError(
            f"observation: expected finite numbers, got {observation[robot, column]} "
            f"as {STATE_NAMES[column]} of robot {robot}"
        )
    return observation


def _checked_actions(committed: np.ndarray, horizon: int) -> np.ndarray:
    committed = np.asarray(committed, np.float32)
    if committed.ndim != 3 or committed.shape[2] != ACTION_DIM or committed.shape[1] >= horizon:
        raise ValueError(f"committed: expected shape (B, D, {ACTION_DIM}) with D < {horizon}, got {committed.shape}")
    for index in np.argwhere(~np.isfinite(committed)):
        raise ValueError(f"committed{index.tolist()}: expected a finite number, got {committed[tuple(index)]}")
    return committed
