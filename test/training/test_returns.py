"""The true return: what earns it, and what a fall costs."""

import numpy as np
import pytest

from diffusion_mpc_ros.training.returns import ReturnWeights, segment_returns


def reward(**changes: np.ndarray) -> float:
    upright = {"upright": np.array([[0.0, 0.0, 1.0]])}
    still = {name: np.zeros((1, 3)) for name in ("command", "velocity", "angular_velocity")}
    values = {**still, **upright, "change": np.zeros((1, 12)), "power": np.zeros(1), **changes}
    return float(ReturnWeights().reward(**values)[0])


def test_perfect_tracking_earns_all_there_is() -> None:
    weights = ReturnWeights()
    perfect = weights.alive + weights.velocity + weights.yaw
    assert reward() == pytest.approx(perfect)
    moving = np.array([[0.7, -0.2, 0.0]])
    turning = np.array([[0.0, 0.0, 0.5]])
    command = np.array([[0.7, -0.2, 0.5]])
    assert reward(command=command, velocity=moving, angular_velocity=turning) == pytest.approx(perfect)


def test_terms_by_hand() -> None:
    weights, perfect = ReturnWeights(), reward()
    slow = reward(command=np.array([[0.3, 0.0, 0.0]]))
    assert slow - perfect == pytest.approx(weights.velocity * (np.exp(-0.9) - 1) + weights.velocity_error * 0.3)
    assert reward(power=np.array([100.0])) - perfect == pytest.approx(100 * weights.power)
    assert reward(change=np.full((1, 12), 0.5)) - perfect == pytest.approx(3 * weights.action_rate)
    tilted = np.array([[0.6, 0.0, 0.8]])
    assert reward(upright=tilted) - perfect == pytest.approx(0.36 * weights.tilt)


def test_segments_are_worth_what_they_and_their_outlook_earn() -> None:
    earned = np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]])
    alive = np.ones((1, 7), bool)
    np.testing.assert_allclose(segment_returns(earned, alive, 2, 1), [[2.0, 4.0, 6.0]])
    np.testing.assert_allclose(segment_returns(earned, alive, 3, 9), [[4.0, 5.5]])


def test_after_a_fall_nothing_is_earned_and_nothing_begins() -> None:
    alive = np.array([[True, True, True, False, False, False]])
    values = segment_returns(np.ones((1, 6)), alive, 2, 2)[0]
    np.testing.assert_allclose(values, [3 / 4, 1 / 4, np.nan])
