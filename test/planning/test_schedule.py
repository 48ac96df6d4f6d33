import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.schedule import Schedule


def test_cosine_follows_its_definition() -> None:
    schedule = Schedule.cosine(10)
    signal = [np.cos((k / 10 + 0.008) / 1.008 * np.pi / 2) ** 2 for k in range(11)]
    # The last step's beta is the only one clipped.
    np.testing.assert_allclose(schedule.alpha_bar[:10], np.array(signal[:10]) / signal[0])
    assert schedule.alpha_bar[10] == pytest.approx(schedule.alpha_bar[9] * 0.001)
    assert schedule.num_steps == 10


@given(st.integers(1, 60), st.data())
def test_posterior_is_bayes_rule(num_steps: int, data: st.DataObject) -> None:
    """Fuse the forward step from k - 1 with the marginal at k - 1, as two independent measurements."""
    schedule = Schedule.cosine(num_steps)
    k = data.draw(st.integers(1, num_steps))
    before, after = schedule.alpha_bar[k - 1], schedule.alpha_bar[k]
    alpha = after / before
    if k == 1:
        assert (schedule.c_clean[1], schedule.c_noisy[1], schedule.sigma2[1]) == (1.0, 0.0, 0.0)
        return
    precision = 1.0 / (1.0 - before) + alpha / (1.0 - alpha)
    assert schedule.sigma2[k] == pytest.approx(1.0 / precision, rel=1e-6)
    assert schedule.c_clean[k] == pytest.approx(np.sqrt(before) / (1.0 - before) / precision, rel=1e-6)
    assert schedule.c_noisy[k] == pytest.approx(np.sqrt(alpha) / (1.0 - alpha) / precision, rel=1e-6)


def test_true_clean_trajectory_keeps_the_forward_marginal() -> None:
    """Posterior mean and variance carry q(tau_k | tau_0) over into q(tau_{k-1} | tau_0)."""
    schedule = Schedule.cosine(10)
    for k in range(1, 11):
        mean = schedule.posterior_mean(np.array(1.0), np.sqrt(schedule.alpha_bar[k]), k)
        variance = schedule.c_noisy[k] ** 2 * (1.0 - schedule.alpha_bar[k]) + schedule.sigma2[k]
        assert mean == pytest.approx(np.sqrt(schedule.alpha_bar[k - 1]))
        assert variance == pytest.approx(1.0 - schedule.alpha_bar[k - 1])


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
