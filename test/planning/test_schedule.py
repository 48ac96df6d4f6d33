from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.schedule import ReverseStep, Schedule

Method = Callable[[Schedule, int, int], ReverseStep]


def test_cosine_follows_its_definition() -> None:
    schedule = Schedule.cosine(10)
    signal = [np.cos((k / 10 + 0.008) / 1.008 * np.pi / 2) ** 2 for k in range(11)]
    # The last step's beta is the only one clipped.
    np.testing.assert_allclose(schedule.alpha_bar[:10], np.array(signal[:10]) / signal[0])
    assert schedule.alpha_bar[10] == pytest.approx(schedule.alpha_bar[9] * 0.001)
    assert schedule.num_steps == 10


@given(st.integers(1, 60), st.data())
def test_ddpm_is_bayes_rule(num_steps: int, data: st.DataObject) -> None:
    """Fuse the forward step from the level below with the marginal there, as two independent measurements."""
    schedule = Schedule.cosine(num_steps)
    k = data.draw(st.integers(1, num_steps))
    below = data.draw(st.integers(0, k - 1))
    step = schedule.ddpm(k, below)
    before, after = schedule.alpha_bar[below], schedule.alpha_bar[k]
    alpha = after / before
    if below == 0:
        assert step.clean == pytest.approx(1.0)
        assert step.noisy == step.variance == 0.0
        return
    precision = 1.0 / (1.0 - before) + alpha / (1.0 - alpha)
    assert step.variance == step.sigma2 == pytest.approx(1.0 / precision, rel=1e-6)
    assert step.clean == pytest.approx(np.sqrt(before) / (1.0 - before) / precision, rel=1e-6)
    assert step.noisy == pytest.approx(np.sqrt(alpha) / (1.0 - alpha) / precision, rel=1e-6)


@pytest.mark.parametrize("method", [Schedule.ddpm, Schedule.ddim])
@given(k=st.integers(1, 10), data=st.data())
def test_true_clean_trajectory_keeps_the_forward_marginal(method: Method, k: int, data: st.DataObject) -> None:
    """Mean and variance of a step carry q(tau_k | tau_0) over into q(tau_below | tau_0)."""
    schedule = Schedule.cosine(10)
    below = data.draw(st.integers(0, k - 1))
    step = method(schedule, k, below)
    mean = step.clean + step.noisy * np.sqrt(schedule.alpha_bar[k])
    variance = step.noisy**2 * (1.0 - schedule.alpha_bar[k]) + step.variance
    assert mean == pytest.approx(np.sqrt(schedule.alpha_bar[below]))
    assert variance == pytest.approx(1.0 - schedule.alpha_bar[below])


def test_levels_are_spread_evenly_from_noise_to_clean() -> None:
    assert Schedule.cosine(10).levels(10) == tuple(range(10, -1, -1))
    assert Schedule.cosine(10).levels(3) == (10, 7, 3, 0)


def test_forward_is_clean_at_level_zero_and_keeps_unit_variance() -> None:
    schedule = Schedule.cosine(10)
    clean, noise = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    np.testing.assert_array_equal(schedule.forward(clean, 0, noise), clean)
    noised = schedule.forward(clean, 6, noise)
    assert noised.dtype == np.float32
    signal = schedule.alpha_bar[6]
    np.testing.assert_allclose(noised, np.sqrt(signal) * clean + np.sqrt(1 - signal) * noise, rtol=1e-6)


def test_refuses_no_steps() -> None:
    with pytest.raises(ValueError, match="num_steps: expected at least 1, got 0"):
        Schedule.cosine(0)
