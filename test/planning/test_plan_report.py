from dataclasses import replace

import numpy as np
import pytest

from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.plan_report import OF_THE_PLAN, PlanReport
from diffusion_mpc_ros.planning.planner import Plan, Planner
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.rewards.joints import JointAcceleration, JointVelocity
from diffusion_mpc_ros.planning.sampling import SamplerSettings
from diffusion_mpc_ros.planning.trajectory import STATE_DIM
from diffusion_mpc_ros.planning.velocity_feedback import VelocityFeedback
from diffusion_mpc_ros.planning.warm_start import WarmStart

REPORT = PlanReport(("posture", "joint_velocity", "joint_acceleration"))
REWARD = CompositeReward(((0.5, JointVelocity()), (1e-4, JointAcceleration())))


def objective(candidates: int, reward: CompositeReward = REWARD) -> Objective:
    settings = SamplerSettings(candidates=candidates, guidance_scale=0.1)
    return Objective(reward, sampling=settings, warm_start=WarmStart(steps=7, state_jump=10.0), revision=4)


def plans(prior: Prior, wanted: Objective) -> list[Plan]:
    observation = np.random.default_rng(4).normal(size=(3, STATE_DIM)).astype(np.float32)
    planner = Planner(prior, np.random.default_rng(0))
    return [planner.plan(observation, wanted, tick) for tick in (0, 8)]


def report(plan: Plan, reward: CompositeReward = REWARD) -> dict[str, np.ndarray]:
    rows = REPORT.rows(plan, reward, tick=8)
    assert rows.shape == (3, len(REPORT.names))
    return dict(zip(REPORT.names, rows.T, strict=True))


def test_a_report_says_what_the_plan_is(prior: Prior) -> None:
    first, plan = plans(prior, objective(candidates=5))
    told = report(plan)
    assert (told["tick"] == 8).all()
    assert (told["revision"] == 4).all()
    assert (told["candidates"] == 5).all()
    np.testing.assert_array_equal(told["clipped"], plan.clipped)
    assert (report(first)["refreshed"] == 1).all()
    assert (told["refreshed"] == 0).all()


def test_terms_are_valued_before_guidance_and_after_it(prior: Prior) -> None:
    _, plan = plans(prior, objective(candidates=5))
    told = report(plan)
    for _, term in REWARD.terms:
        np.testing.assert_allclose(told[f"{term.name}.before"], term.value(plan.first, 0), rtol=1e-6)
        np.testing.assert_allclose(told[f"{term.name}.after"], term.value(plan.tau, 0), rtol=1e-6)
    assert np.isnan(told["posture.before"]).all()
    assert np.isnan(told["posture.after"]).all()


def test_the_best_score_is_the_weighted_sum_of_the_terms(prior: Prior) -> None:
    _, plan = plans(prior, objective(candidates=5))
    told = report(plan)
    weighted = sum(weight * told[f"{term.name}.after"] for weight, term in REWARD.terms)
    np.testing.assert_allclose(told["score.best"], weighted, rtol=1e-5)
    np.testing.assert_allclose(told["score.spread"], plan.scores.max(axis=1) - plan.scores.min(axis=1))
    assert (told["score.spread"] > 0.0).all()


@pytest.mark.parametrize(("candidates", "reward"), [(1, REWARD), (5, CompositeReward())])
def test_what_was_not_ranked_has_no_score(prior: Prior, candidates: int, reward: CompositeReward) -> None:
    _, plan = plans(prior, objective(candidates, reward))
    told = report(plan, reward)
    assert np.isnan(told["score.best"]).all()
    assert np.isnan(told["score.spread"]).all()


def test_the_phases_are_parts_of_the_total(prior: Prior) -> None:
    _, plan = plans(prior, objective(candidates=5))
    told = report(plan)
    phases = [told[name][0] for name in OF_THE_PLAN if name.startswith("latency_ms.") and not name.endswith("total")]
    assert all(phase > 0.0 for phase in phases)
    assert sum(phases) < told["latency_ms.total"][0]


def test_velocity_and_correction_are_told(prior: Prior) -> None:
    speeds = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    _, plan = plans(prior, replace(objective(candidates=1), feedback=VelocityFeedback(lambda observation: speeds)))
    told = report(plan)
    np.testing.assert_array_equal([told["velocity.x"], told["velocity.y"]], speeds.T)
    assert plan.pursuit is not None
    np.testing.assert_array_equal(told["correction.yaw"], plan.pursuit.correction[:, 2])
    _, plan = plans(prior, objective(candidates=1))
    assert np.isnan(report(plan)["velocity.x"]).all()
