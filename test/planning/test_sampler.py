from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning import reference
from diffusion_mpc_ros.planning.chain import Chain
from diffusion_mpc_ros.planning.constraints.boxes import JointPositionBox, JointVelocityBox
from diffusion_mpc_ros.planning.constraints.constraint_set import ConstraintSet
from diffusion_mpc_ros.planning.denoiser import Estimator, Prior
from diffusion_mpc_ros.planning.noise import NoiseBank
from diffusion_mpc_ros.planning.normalization import DATA_CLIP, Normalization
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.rewards.joints import JointAcceleration, JointVelocity, Posture, Range
from diffusion_mpc_ros.planning.rewards.trunk import Align, Smooth
from diffusion_mpc_ros.planning.sampler import Sampler
from diffusion_mpc_ros.planning.sampling import Given, Sample, SamplerSettings, Start
from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.planning.trajectory import (
    ACTION,
    JOINT_POSITION,
    JOINT_VELOCITY,
    NUM_JOINTS,
    STATE,
    STATE_DIM,
    WIDTH,
)

STORE = 2**18
"""Numbers in the noise store: drawn anew for every sampler here."""
FREE = ConstraintSet()
UNGUIDED = CompositeReward()
BOX = ConstraintSet((JointPositionBox(np.full(NUM_JOINTS, -0.3), np.full(NUM_JOINTS, 0.4)),))


def observations(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, STATE_DIM)).astype(np.float32)


def everything(weight: float) -> CompositeReward:
    return CompositeReward(
        tuple(
            (weight, term)
            for term in (
                Posture(np.full(NUM_JOINTS, 0.3)),
                Range(np.full(NUM_JOINTS, -0.1), np.full(NUM_JOINTS, 0.1)),
                JointVelocity(),
                JointAcceleration(),
                Align(),
                Smooth(),
            )
        )
    )


def sample(
    prior: Prior,
    reward: CompositeReward,
    constraints: ConstraintSet,
    settings: SamplerSettings,
    s0: np.ndarray,
    seed: int = 0,
    start: Start | None = None,
) -> Sample:
    return Sampler(prior, NoiseBank(np.random.default_rng(seed), STORE))(
        reward, constraints, settings, Given.of(s0), start
    )


def one_by_one(
    prior: Prior,
    reward: CompositeReward,
    constraints: ConstraintSet,
    settings: SamplerSettings,
    s0: np.ndarray,
    seed: int,
) -> np.ndarray:
    """Algorithm 1 again, trajectory by trajectory, in float64, straight from the paper's formulas."""
    mean, std = (values.astype(np.float64) for values in (prior.normalization.mean, prior.normalization.std))
    alpha_bar = prior.schedule.alpha_bar
    levels = len(alpha_bar) - 1
    count = len(s0) * settings.candidates
    (bank,) = NoiseBank(np.random.default_rng(seed), STORE).shared(1)
    noise = [bank(count, prior.horizon) for _ in range(levels)]
    results = []
    for i in range(count):
        state = s0[i // settings.candidates].astype(np.float64)
        estimate = prior.denoiser.given(state[None].astype(np.float32), 1)
        tau = settings.temperature * noise[0][i].astype(np.float64)
        for k in range(levels, 0, -1):
            physical = tau * std + mean
            physical[0, STATE] = state
            clean = (estimate(physical.astype(np.float32)[None], k)[0] - mean) / std
            alpha = alpha_bar[k] / alpha_bar[k - 1]
            sigma2 = (1 - alpha) * (1 - alpha_bar[k - 1]) / (1 - alpha_bar[k])
            tau = (np.sqrt(alpha_bar[k - 1]) * (1 - alpha) * clean + np.sqrt(alpha) * (1 - alpha_bar[k - 1]) * tau) / (
                1 - alpha_bar[k]
            )
            if k > 1:
                tau += settings.temperature * np.sqrt(sigma2) * noise[levels - k + 1][i]
            physical = tau * std + mean
            physical[0, STATE] = state
            push = settings.guidance_scale * sigma2 * reward.gradient(physical[None], k - 1)[0] * std
            push[0, STATE] = 0.0
            bound, largest = settings.trust_radius * np.sqrt(sigma2), np.abs(push).max()
            if largest > bound:
                push *= bound / largest
            physical += push * std
            constraints.project(physical[None])
            tau = (physical - mean) / std
        physical[0, STATE] = state
        results.append(physical)
    return np.array(results).reshape(len(s0), settings.candidates, prior.horizon, WIDTH)


@pytest.mark.parametrize("radius", [3.0, 0.05], ids=["free step", "bounded step"])
def test_agrees_with_a_loop_straight_from_the_paper(prior: Prior, radius: float) -> None:
    settings = SamplerSettings(candidates=3, guidance_scale=0.7, trust_radius=radius, temperature=0.8)
    reward = CompositeReward(((1.0, Posture(np.full(NUM_JOINTS, 0.3))), (0.1, Align()), (0.01, JointVelocity())))
    s0 = observations(2)
    result = sample(prior, reward, BOX, settings, s0, seed=3)
    expected = one_by_one(prior, reward, BOX, settings, s0, seed=3)
    assert result.candidates.dtype == np.float32
    np.testing.assert_allclose(result.candidates, expected, atol=2e-4)


@pytest.mark.parametrize("method", ["ddpm", "ddim"])
@pytest.mark.parametrize(("candidates", "skipped", "rows"), [(1, None, 0), (5, None, 3), (5, 7, 1)])
def test_agrees_with_the_reference(prior: Prior, method: str, candidates: int, skipped: int | None, rows: int) -> None:
    s0, settings = (
        observations(3),
        SamplerSettings(candidates, method=method, trust_radius=0.5, temperature=0.7, coherence=3.0),
    )
    start = None
    if skipped is not None:
        tau = np.random.default_rng(1).standard_normal((3, candidates, prior.horizon, WIDTH), np.float32)
        start = Start(tau, skipped)
    committed = np.random.default_rng(2).normal(0.0, 0.2, (3, rows, NUM_JOINTS)).astype(np.float32)
    previous = np.random.default_rng(4).normal(0.0, 0.2, (3, 8, NUM_JOINTS)).astype(np.float32)
    given = Given(s0, committed, previous)
    sampler = Sampler(prior, NoiseBank(np.random.default_rng(5), STORE))
    result = sampler(everything(0.3), BOX, settings, given, start)
    (noise,) = NoiseBank(np.random.default_rng(5), STORE).shared(1)
    expected, best = reference.sample(prior, everything(0.3), BOX, settings, given, noise, start)
    np.testing.assert_allclose(result.candidates, expected, atol=1e-4)
    np.testing.assert_allclose(result.best, best, atol=1e-4)


def test_plans_go_on_from_the_actions_that_are_committed(prior: Prior) -> None:
    committed = np.random.default_rng(2).normal(0.0, 0.5, (2, 3, NUM_JOINTS)).astype(np.float32)
    given = Given.of(observations(2), committed)
    sampler = Sampler(prior, NoiseBank(np.random.default_rng(0), STORE))
    free = sampler(everything(1.0), FREE, SamplerSettings(candidates=4), given)
    np.testing.assert_allclose(free.best[:, :3, ACTION], committed, atol=1e-6)
    shown = [tau[:, :3, ACTION] for tau, _ in prior.denoiser.calls]  # type: ignore[attr-defined]
    errors = [np.abs(rows - np.repeat(committed, 4, axis=0)).mean() for rows in shown]
    assert errors[0] > 2.0 * errors[-1], "the denoiser sees them as noisy as the rest"
    bound = sampler(everything(1.0), BOX, SamplerSettings(candidates=4), given)
    np.testing.assert_allclose(bound.best[:, :3, ACTION], committed.clip(-0.3, 0.4), atol=1e-6)


def test_first_state_is_the_observation_to_the_bit(prior: Prior) -> None:
    s0 = observations(3) * 100.0  # far outside of the data and of every limit
    result = sample(prior, everything(1.0), BOX, SamplerSettings(candidates=4), s0)
    np.testing.assert_array_equal(result.candidates[:, :, 0, STATE], np.broadcast_to(s0[:, None], (3, 4, STATE_DIM)))
    np.testing.assert_array_equal(result.best[:, 0, STATE], s0)


def test_denoiser_sees_the_first_state_at_every_level(prior: Prior) -> None:
    s0 = observations(2) * 100.0
    sample(prior, everything(1.0), BOX, SamplerSettings(candidates=2), s0)
    calls = prior.denoiser.calls  # type: ignore[attr-defined]
    assert [k for _, k in calls] == list(range(10, 0, -1))
    np.testing.assert_array_equal(prior.denoiser.given_states, [np.repeat(s0, 2, axis=0)])  # type: ignore[attr-defined]
    for tau, _ in calls:
        np.testing.assert_array_equal(tau[:, 0, STATE], np.repeat(s0, 2, axis=0))


def test_same_seed_same_plan(prior: Prior) -> None:
    def draw(seed: int) -> np.ndarray:
        settings = SamplerSettings(candidates=2)
        return sample(prior, everything(1.0), BOX, settings, observations(2), seed).candidates

    np.testing.assert_array_equal(draw(1), draw(1))
    assert np.any(draw(1) != draw(2))


def test_the_colder_the_more_alike(prior: Prior) -> None:
    spread = []
    for temperature in (0.0, 0.5, 1.0):
        settings = SamplerSettings(candidates=50, temperature=temperature)
        spread.append(sample(prior, UNGUIDED, FREE, settings, observations(1)).candidates[0, :, 1:].std(axis=0).mean())
    assert spread[0] < 1e-6
    assert 0.0 < spread[1] < 0.8 * spread[2]


def test_best_candidate_wins_for_each_robot(prior: Prior) -> None:
    reward = everything(0.1)
    settings = SamplerSettings(candidates=6)
    result = sample(prior, reward, FREE, settings, observations(3))
    for robot in range(3):
        scores = reward.value(result.candidates[robot], 0)
        np.testing.assert_allclose(result.scores[robot], scores, rtol=1e-6)
        np.testing.assert_array_equal(result.best[robot], result.candidates[robot, np.argmax(scores)])


@pytest.mark.parametrize(("robots", "candidates", "skipped"), [(1, 50, None), (40, 3, None), (1, 50, 7), (40, 3, 7)])
def test_threads_share_the_work_of_one_robot_or_of_many(
    prior: Prior, robots: int, candidates: int, skipped: int | None
) -> None:
    """Without noise, so that what each thread draws makes no difference."""
    s0, settings = observations(robots), SamplerSettings(candidates, method="ddim")
    tau = np.random.default_rng(1).standard_normal((robots, candidates, prior.horizon, WIDTH), np.float32)
    start = Start(tau, 0 if skipped is None else skipped)
    alone, shared = (
        Sampler(prior, NoiseBank(np.random.default_rng(0), STORE), threads)(
            everything(0.3), BOX, settings, Given.of(s0), start
        )
        for threads in (1, 3)
    )
    for name in ("candidates", "scores", "best", "first", "clipped"):
        np.testing.assert_allclose(getattr(shared, name), getattr(alone, name), atol=1e-6, err_msg=name)


def test_threads_draw_their_own_noise_whatever_their_pace(prior: Prior) -> None:
    def draw() -> np.ndarray:
        sampler = Sampler(prior, NoiseBank(np.random.default_rng(0), STORE), threads=2)
        return sampler(UNGUIDED, FREE, SamplerSettings(candidates=60), Given.of(observations(1))).candidates.copy()

    first = draw()
    for _ in range(5):
        np.testing.assert_array_equal(draw(), first)
    assert len(np.unique(first[0, :, -1, -1])) == 60


@pytest.mark.parametrize("rows", [1, 8])
def test_the_candidate_that_goes_on_with_the_previous_plan_wins(prior: Prior, rows: int) -> None:
    previous = np.random.default_rng(4).normal(0.0, 0.2, (2, rows, NUM_JOINTS)).astype(np.float32)
    sampler = Sampler(prior, NoiseBank(np.random.default_rng(0), STORE))
    settings = SamplerSettings(candidates=6, coherence=2.0)
    result = sampler(UNGUIDED, FREE, settings, Given.of(observations(2), previous=previous))
    for robot in range(2):
        distances = [np.mean((tau[:rows, ACTION] - previous[robot]) ** 2) for tau in result.candidates[robot]]
        np.testing.assert_allclose(result.scores[robot], -2.0 * np.array(distances), rtol=1e-5)
        np.testing.assert_array_equal(result.best[robot], result.candidates[robot, np.argmin(distances)])


def test_nothing_to_rank_scores_zero(prior: Prior) -> None:
    alone = sample(prior, everything(1.0), FREE, SamplerSettings(), observations(2))
    unrewarded = sample(prior, UNGUIDED, FREE, SamplerSettings(candidates=3), observations(2))
    assert not alone.scores.any()
    assert not unrewarded.scores.any()
    np.testing.assert_array_equal(unrewarded.best, unrewarded.candidates[:, 0])


def test_a_start_skips_the_steps_above_its_level_and_is_not_written_to(prior: Prior) -> None:
    tau = np.random.default_rng(0).standard_normal((2, 3, prior.horizon, WIDTH), np.float32)
    tau.setflags(write=False)
    settings = SamplerSettings(candidates=3)
    sample(prior, UNGUIDED, FREE, settings, observations(2), start=Start(tau, 7))
    calls = prior.denoiser.calls  # type: ignore[attr-defined]
    assert [k for _, k in calls] == [3, 2, 1]
    np.testing.assert_array_equal(calls[0][0][:, 1:], tau.reshape(6, prior.horizon, WIDTH)[:, 1:])


def test_guidance_moves_no_value_beyond_the_trust_radius(prior: Prior) -> None:
    """Compare what the denoiser is shown after the first step, with and without guidance, from the same noise."""
    shown = []
    for reward in (UNGUIDED, everything(1e6)):
        toy = replace(prior, denoiser=type(prior.denoiser)())
        settings = SamplerSettings(candidates=4, trust_radius=0.5)
        sample(toy, reward, FREE, settings, observations(1))
        shown.append(toy.denoiser.calls[1][0])  # type: ignore[attr-defined]
    moved = np.abs((shown[1] - shown[0]) / prior.normalization.std).max(axis=(1, 2))
    np.testing.assert_allclose(moved, 0.5 * np.sqrt(prior.schedule.ddpm(10, 9).sigma2), rtol=1e-3)


@given(
    seed=st.integers(0, 2**32 - 1),
    weight=st.sampled_from([0.0, 1.0, 1e6]),
    scale=st.sampled_from([0.0, 1.0, 1000.0]),
    limits=st.tuples(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0)).map(sorted),
    speed=st.floats(0.0, 30.0),
)
def test_whatever_the_weights_plans_are_finite_near_the_data_and_within_limits(
    seed: int, weight: float, scale: float, limits: list[float], speed: float
) -> None:
    normalization = Normalization(np.linspace(-1.0, 1.0, WIDTH), np.linspace(0.05, 8.0, WIDTH))
    prior = Prior(Identity(normalization), Schedule.cosine(10), normalization, 4)
    settings = SamplerSettings(candidates=2, guidance_scale=scale)
    s0 = observations(2, seed)

    free = sample(prior, everything(weight), FREE, settings, s0, seed).candidates
    encoded = normalization.encode(free).reshape(-1, 4 * WIDTH)[:, STATE_DIM:]  # all but s_0
    assert np.all(np.abs(encoded) <= DATA_CLIP * (1.0 + 1e-4))

    position = JointPositionBox(np.full(NUM_JOINTS, limits[0]), np.full(NUM_JOINTS, limits[1]))
    constraints = ConstraintSet((position, JointVelocityBox(np.full(NUM_JOINTS, speed))))
    plan = sample(prior, everything(weight), constraints, settings, s0, seed).best
    assert np.all(np.isfinite(plan))
    for values in (plan[:, :, ACTION], plan[:, 1:, JOINT_POSITION]):
        assert np.all(values >= limits[0] - 1e-6)
        assert np.all(values <= limits[1] + 1e-6)
    assert np.all(np.abs(plan[:, 1:, JOINT_VELOCITY]) <= speed + 1e-6)


@dataclass(frozen=True)
class Identity:
    """Takes any trajectory for clean, but for what is beyond the data."""

    normalization: Normalization

    def given(self, s0: np.ndarray, candidates: int) -> Estimator:
        mean, reach = self.normalization.mean, DATA_CLIP * self.normalization.std
        return lambda tau, k: np.clip(tau, mean - reach, mean + reach)


@dataclass(frozen=True)
class GaussianDenoiser:
    """E[tau_0 | tau_k] of a Gaussian prior N(mean, covariance) on flattened trajectories."""

    mean: np.ndarray
    covariance: np.ndarray
    schedule: Schedule

    def gain(self, k: int) -> np.ndarray:
        signal = self.schedule.alpha_bar[k]
        total = signal * self.covariance + (1.0 - signal) * np.eye(len(self.mean))
        return np.sqrt(signal) * np.linalg.solve(total, self.covariance).T

    def given(self, s0: np.ndarray, candidates: int) -> Estimator:
        return self.estimate

    def estimate(self, tau: np.ndarray, k: int) -> np.ndarray:
        flat = tau.reshape(len(tau), -1)
        shift = flat - np.sqrt(self.schedule.alpha_bar[k]) * self.mean
        return (self.mean + shift @ self.gain(k).T).reshape(tau.shape).astype(np.float32)


def gaussian_prior(num_steps: int) -> Prior:
    """A Gaussian prior on two rows, correlated across columns and rows but not with s_0."""
    rng = np.random.default_rng(8)
    size = 2 * WIDTH
    factor = rng.normal(size=(size, 12)) / np.sqrt(12)
    covariance = 0.6 * factor @ factor.T + 0.2 * np.eye(size)
    covariance[:STATE_DIM, STATE_DIM:] = 0.0
    covariance[STATE_DIM:, :STATE_DIM] = 0.0
    schedule = Schedule.cosine(num_steps)
    denoiser = GaussianDenoiser(rng.normal(0.0, 0.5, size), covariance, schedule)
    return Prior(denoiser, schedule, Normalization(np.zeros(WIDTH), np.ones(WIDTH)), 2)


def draw_free(prior: Prior, reward: CompositeReward, count: int) -> np.ndarray:
    """Samples of all values but s_0, (count, 2 * 57 - 45)."""
    settings = SamplerSettings(candidates=count, steps=prior.schedule.num_steps)
    sampler = Sampler(prior, NoiseBank(np.random.default_rng(0)))
    return sampler(reward, FREE, settings, Given.of(observations(1))).candidates.reshape(count, -1)[:, STATE_DIM:]


def test_unguided_sampling_recovers_a_gaussian_prior() -> None:
    prior = gaussian_prior(num_steps=100)
    denoiser = prior.denoiser
    assert isinstance(denoiser, GaussianDenoiser)
    samples = draw_free(prior, UNGUIDED, 5000)
    np.testing.assert_allclose(samples.mean(axis=0), denoiser.mean[STATE_DIM:], atol=0.07)
    np.testing.assert_allclose(np.cov(samples.T), denoiser.covariance[STATE_DIM:, STATE_DIM:], atol=0.12)


def test_ten_steps_have_the_covariance_that_the_reverse_chain_implies() -> None:
    """The chain is affine: its covariance follows in closed form from tau_K ~ N(0, I)."""
    prior = gaussian_prior(num_steps=10)
    denoiser, schedule = prior.denoiser, prior.schedule
    assert isinstance(denoiser, GaussianDenoiser)
    identity = np.eye(2 * WIDTH)
    covariance, mean = identity, np.zeros(2 * WIDTH)
    for k in range(10, 0, -1):
        reverse = schedule.ddpm(k, k - 1)
        step = reverse.clean * denoiser.gain(k) + reverse.noisy * identity
        offset = denoiser.mean - np.sqrt(schedule.alpha_bar[k]) * denoiser.gain(k) @ denoiser.mean
        mean = step @ mean + reverse.clean * offset
        covariance = step @ covariance @ step.T + reverse.variance * identity
    samples = draw_free(prior, UNGUIDED, 10_000)
    np.testing.assert_allclose(samples.mean(axis=0), mean[STATE_DIM:], atol=0.05)
    np.testing.assert_allclose(np.cov(samples.T), covariance[STATE_DIM:, STATE_DIM:], atol=0.06)


def test_guidance_raises_the_reward_the_more_the_stronger() -> None:
    prior = gaussian_prior(num_steps=10)
    target = Posture(np.full(NUM_JOINTS, 1.5))
    means = []
    for weight in (0.0, 0.3, 1.0):
        samples = draw_free(prior, CompositeReward(((weight, target),)), 500)
        tau = np.concatenate([np.zeros((500, STATE_DIM)), samples], axis=1).reshape(500, 2, WIDTH)
        means.append(target.value(tau, 0).mean())
    assert means[0] < means[1] - 0.1 < means[2] - 0.2


def test_ddim_without_guidance_draws_no_noise_but_its_first() -> None:
    prior = gaussian_prior(num_steps=10)
    drawn: list[tuple[int, int]] = []

    def noise(count: int, horizon: int) -> np.ndarray:
        drawn.append((count, horizon))
        return np.ones((count, horizon, WIDTH), np.float32)

    Chain(prior, noise)(UNGUIDED, FREE, SamplerSettings(method="ddim"), Given.of(observations(1)), None)
    assert drawn == [(1, prior.horizon)]


@pytest.mark.parametrize("method", ["ddpm", "ddim"])
def test_fewer_steps_skip_levels_evenly_and_keep_the_mean(method: str) -> None:
    prior = gaussian_prior(num_steps=100)
    denoiser = prior.denoiser
    assert isinstance(denoiser, GaussianDenoiser)
    settings = SamplerSettings(candidates=2000, method=method, steps=20)
    samples = sample(prior, UNGUIDED, FREE, settings, observations(1)).candidates
    np.testing.assert_allclose(
        samples.reshape(2000, -1)[:, STATE_DIM:].mean(axis=0), denoiser.mean[STATE_DIM:], atol=0.1
    )


def test_tells_the_share_that_the_last_projection_moved_and_the_first_estimate(prior: Prior) -> None:
    s0 = observations(2)
    free = sample(prior, UNGUIDED, FREE, SamplerSettings(), s0)
    assert not free.clipped.any()
    tight = ConstraintSet((JointPositionBox(np.full(NUM_JOINTS, 0.25), np.full(NUM_JOINTS, 0.26)),))
    bound = sample(prior, UNGUIDED, tight, SamplerSettings(), s0)
    share = 2 * NUM_JOINTS / WIDTH
    assert np.all((bound.clipped > 0.8 * share) & (bound.clipped <= share))
    shown = prior.denoiser.calls[0][0]  # type: ignore[attr-defined]
    estimate = prior.denoiser.given(s0, 1)(shown, 10)
    np.testing.assert_allclose(free.first[:, 1:], estimate[:, 1:], rtol=1e-5)
    np.testing.assert_array_equal(free.first[:, 0, STATE], s0)
