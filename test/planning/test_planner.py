from dataclasses import replace

import numpy as np
import pytest

from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.noise import NoiseBank
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.rewards.joints import JointVelocity
from diffusion_mpc_ros.planning.sampler import Sampler
from diffusion_mpc_ros.planning.sampling import Given, SamplerSettings
from diffusion_mpc_ros.planning.trajectory import ACTION, COMMAND, STATE, STATE_DIM, WIDTH
from diffusion_mpc_ros.planning.velocity_feedback import VelocityFeedback
from diffusion_mpc_ros.planning.warm_start import WarmStart, shift

CACHED = Objective(warm_start=WarmStart(steps=7, command_jump=0.3, state_jump=10.0, max_age=9))


def observations(count: int) -> np.ndarray:
    return np.random.default_rng(4).normal(size=(count, STATE_DIM)).astype(np.float32)


def planner(prior: Prior, seed: int = 0) -> Planner:
    return Planner(prior, np.random.default_rng(seed))


def levels(prior: Prior) -> list[tuple[int, int]]:
    """(level, trajectories) of each call of the denoiser so far, which are then forgotten."""
    calls = prior.denoiser.calls  # type: ignore[attr-defined]
    seen = [(k, len(tau)) for tau, k in calls]
    calls.clear()
    return seen


def test_a_plan_is_the_best_sample(prior: Prior) -> None:
    objective = Objective(
        reward=CompositeReward(((0.1, JointVelocity()),)), sampling=SamplerSettings(candidates=5, guidance_scale=0.1)
    )
    plan = planner(prior).plan(observations(3), objective, tick=0)
    sampler = Sampler(prior, NoiseBank(np.random.default_rng(0)))
    expected = sampler(objective.reward, objective.constraints, objective.sampling, Given.of(observations(3)))
    np.testing.assert_array_equal(plan.tau, expected.best)
    np.testing.assert_array_equal(plan.scores, expected.scores)
    np.testing.assert_array_equal(plan.actions, plan.tau[..., ACTION])
    np.testing.assert_array_equal(plan.tau[:, 0, STATE], observations(3))
    assert plan.refreshed.all()
    assert 0.0 < plan.latency_s["denoiser"] < plan.latency_s["total"]


def test_same_seed_and_calls_same_plans(prior: Prior) -> None:
    def plans() -> list[np.ndarray]:
        subject = planner(prior)
        return [subject.plan(observations(2), CACHED, tick).tau for tick in (0, 8, 16)]

    np.testing.assert_array_equal(plans(), plans())


def test_without_cache_every_plan_starts_from_noise(prior: Prior) -> None:
    subject = planner(prior)
    for tick in (0, 8):
        assert subject.plan(observations(2), Objective(), tick).refreshed.all()
        assert levels(prior) == [(k, 2) for k in range(10, 0, -1)]


def test_cache_runs_only_the_last_levels(prior: Prior) -> None:
    subject = planner(prior)
    subject.plan(observations(2), CACHED, tick=0)
    levels(prior)
    assert not subject.plan(observations(2), CACHED, tick=8).refreshed.any()
    assert levels(prior) == [(3, 2), (2, 2), (1, 2)]


def test_warm_start_is_the_shifted_plan_noised_to_its_level(prior: Prior) -> None:
    subject = planner(prior)
    objective = replace(CACHED, sampling=SamplerSettings(candidates=1000))
    first = subject.plan(observations(1), objective, tick=100)
    levels(prior)
    subject.plan(observations(1), objective, tick=104)
    shown = prior.denoiser.calls[0][0]  # type: ignore[attr-defined]
    started = prior.normalization.encode(shown).reshape(1000, -1)[:, STATE_DIM:]
    signal = prior.schedule.alpha_bar[3]
    shifted = prior.normalization.encode(shift(first.tau, 4)).reshape(-1)[STATE_DIM:]
    np.testing.assert_allclose(started.mean(axis=0), np.sqrt(signal) * shifted, atol=0.1)
    np.testing.assert_allclose(started.std(axis=0), np.sqrt(1.0 - signal), atol=0.1)


def test_candidates_are_ranked_by_what_the_previous_plan_holds_from_now_on(prior: Prior) -> None:
    subject = planner(prior)
    objective = replace(CACHED, warm_start=replace(CACHED.warm_start, steps=0))
    objective = replace(objective, sampling=SamplerSettings(candidates=3, coherence=1.0))
    first = subject.plan(observations(2), objective, tick=0)
    subject.reset(np.array([1]))
    second = subject.plan(observations(2), objective, tick=4)
    assert second.refreshed.all()
    distance = np.mean((second.actions[0, :-4] - first.actions[0, 4:]) ** 2)
    np.testing.assert_allclose(second.scores[0].max(), -distance, rtol=1e-5)
    assert not second.scores[1].any(), "a robot without a plan before has nothing to go on with"


def test_each_robot_is_refreshed_for_itself(prior: Prior) -> None:
    subject = planner(prior)
    subject.plan(observations(4), CACHED, tick=0)
    levels(prior)
    turned = observations(4)
    turned[1, COMMAND] += [0.0, 0.0, 0.5]
    subject.reset(np.array([3]))
    plan = subject.plan(turned, CACHED, tick=8)
    assert plan.refreshed.tolist() == [False, True, False, True]
    assert levels(prior) == [(k, 2) for k in (*range(10, 0, -1), 3, 2, 1)]
    np.testing.assert_array_equal(plan.tau[:, 0, STATE], turned)


@pytest.mark.parametrize(
    ("objective", "tick", "refreshed"),
    [
        (CACHED, 58, False),
        (CACHED, 59, False),
        (CACHED, 60, True),
        (CACHED, 49, True),
        (replace(CACHED, revision=1), 58, True),
        (replace(CACHED, warm_start=WarmStart(7, 0.3, 10.0, max_age=100)), 60, False),
        (replace(CACHED, warm_start=WarmStart(7, 0.3, 10.0, max_age=100)), 61, True),
    ],
    ids=["fresh", "at max_age", "too old", "ticks restarted", "other objective", "last row", "no row left"],
)
def test_refresh_rule(prior: Prior, objective: Objective, tick: int, refreshed: bool) -> None:
    subject = planner(prior)
    subject.plan(observations(2), CACHED, tick=50)
    assert subject.plan(observations(2), objective, tick).refreshed.tolist() == [refreshed] * 2


def test_reset_and_another_batch_start_afresh(prior: Prior) -> None:
    subject = planner(prior)
    subject.reset()
    subject.plan(observations(2), CACHED, tick=0)
    subject.reset(np.array([True, False]))
    assert subject.plan(observations(2), CACHED, tick=1).refreshed.tolist() == [True, False]
    subject.reset()
    assert subject.plan(observations(2), CACHED, tick=2).refreshed.all()
    assert subject.plan(observations(3), CACHED, tick=3).refreshed.all()


def test_writing_into_a_plan_does_not_reach_the_next(prior: Prior) -> None:
    plans = []
    for spoil in (False, True):
        subject = planner(prior)
        first = subject.plan(observations(1), CACHED, tick=0)
        if spoil:
            first.tau[:] = np.nan
        plans.append(subject.plan(observations(1), CACHED, tick=8).tau)
    np.testing.assert_array_equal(plans[0], plans[1])


@pytest.mark.parametrize(
    ("observation", "message"),
    [
        (np.zeros(STATE_DIM), r"expected shape \(B, 45\), got \(45,\)"),
        (np.zeros((1, WIDTH)), r"expected shape \(B, 45\), got \(1, 57\)"),
        (np.r_[np.zeros(8), np.nan, np.zeros(36)][None], "got nan as command.yaw_rate of robot 0"),
    ],
)
def test_refuses_observations_it_cannot_plan_from(prior: Prior, observation: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        planner(prior).plan(observation, Objective(), tick=0)


@pytest.mark.parametrize(
    ("committed", "message"),
    [
        (np.zeros((1, 12)), r"committed: expected shape \(B, D, 12\) with D < 11, got \(1, 12\)"),
        (np.zeros((1, 11, 12)), r"with D < 11, got \(1, 11, 12\)"),
        (np.full((1, 2, 12), np.inf), r"committed\[0, 0, 0\]: expected a finite number, got inf"),
    ],
)
def test_refuses_actions_it_cannot_go_on_from(prior: Prior, committed: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        planner(prior).plan(observations(1), Objective(), 0, committed)


def test_plans_go_on_from_committed_actions_with_and_without_a_cache(prior: Prior) -> None:
    subject = planner(prior)
    committed = np.random.default_rng(3).normal(0.0, 0.2, (2, 3, 12))
    for tick in (0, 4):
        plan = subject.plan(observations(2), CACHED, tick, committed)
        np.testing.assert_allclose(plan.actions[:, :3], committed, atol=1e-6)


def test_refuses_a_cache_as_long_as_the_chain() -> None:
    with pytest.raises(ValueError, match=r"cache\.steps: expected fewer than sampler\.steps = 3, got 3"):
        Objective(warm_start=WarmStart(steps=3), sampling=SamplerSettings(steps=3))


def test_refuses_more_steps_than_the_model_has(prior: Prior) -> None:
    with pytest.raises(ValueError, match=r"sampler\.steps: expected 1 to the model's 10, got 11"):
        planner(prior).plan(observations(1), Objective(sampling=SamplerSettings(steps=11)), tick=0)


def test_velocity_feedback_changes_the_command_that_is_planned_for(prior: Prior) -> None:
    """Robots that do not move are told to walk faster, until they are forgotten."""
    standing = VelocityFeedback(lambda observation: np.zeros((len(observation), 2)))
    objective = Objective(feedback=standing)
    told = observations(2)
    told[:, COMMAND] = 0.5, 0.0, 0.0
    subject = planner(prior)
    plans = [subject.plan(told, objective, tick) for tick in range(0, 60, 4)]
    np.testing.assert_array_equal(plans[0].tau[:, 0, STATE], told)
    pursuit = plans[-1].pursuit
    assert pursuit is not None
    assert (pursuit.correction[:, 0] > 0.1).all()
    np.testing.assert_allclose(plans[-1].tau[:, 0, COMMAND], told[:, COMMAND] + pursuit.correction, rtol=1e-6)
    subject.reset(np.array([0]))
    after = subject.plan(told, objective, tick=60)
    np.testing.assert_allclose(after.tau[0, 0, STATE], told[0])
    assert after.tau[1, 0, COMMAND][0] > 0.6
    assert subject.plan(told, Objective(), tick=64).pursuit is None
