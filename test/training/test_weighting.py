"""The filter and the weights of section IV-C, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.training.weighting import effective_sample_size, relative, reward_weights, top_share

NAN = float("nan")
returns_of_rollouts = st.lists(st.floats(-100, 100) | st.just(NAN), min_size=1, max_size=40).map(np.array)


def test_the_top_share_by_hand() -> None:
    assert top_share(np.array([0.3, 0.9, 0.1, 0.5]), 0.5).tolist() == [False, True, False, True]
    assert top_share(np.array([1.0, NAN, 2.0, NAN, 0.0, 3.0]), 0.5).tolist() == [False, False, True, False, False, True]
    assert top_share(np.array([1.0, 1.0, 1.0]), 1 / 3).tolist() == [True, False, False]
    assert top_share(np.array([0.3, 0.9]), 0.01).tolist() == [False, True]
    assert not top_share(np.full(3, NAN), 0.5).any()


def test_the_weights_by_hand() -> None:
    """exp(1 / 0.5) and exp(0.5 / 0.5) are kept of four: e^2 and e, scaled to a mean of 1."""
    weights = reward_weights(np.array([1.0, 0.0, 0.5, -3.0]), temperature=0.5, share=0.5, heaviest=20.0)
    np.testing.assert_allclose(weights, [2 * np.e / (1 + np.e), 0.0, 2 / (1 + np.e), 0.0])


def test_no_weight_is_more_than_the_heaviest() -> None:
    """Of e^0, e^2 and e^8, the last counts as 5 e^0, and so does e^2, being more than that."""
    weights = reward_weights(np.array([0.0, 1.0, 4.0]), temperature=0.5, share=1.0, heaviest=5.0)
    np.testing.assert_allclose(weights, np.array([1.0, 5.0, 5.0]) * 3 / 11)


@given(
    returns=returns_of_rollouts,
    temperature=st.floats(1e-3, 1e3),
    share=st.floats(0.01, 1.0),
    heaviest=st.floats(1.0, 1e6),
)
def test_weights_are_finite_rise_with_the_return_and_average_to_one(
    returns: np.ndarray, temperature: float, share: float, heaviest: float
) -> None:
    weights = reward_weights(returns, temperature, share, heaviest)
    assert np.isfinite(weights).all()
    assert not weights[np.isnan(returns)].any()
    kept = top_share(returns, share)
    assert not weights[~kept].any()
    if kept.any():
        assert weights[kept].mean() == pytest.approx(1.0)
        order = np.argsort(returns[kept])
        assert (np.diff(weights[kept][order]) >= 0).all()
        assert weights[kept].max() <= heaviest * weights[kept].min() * (1 + 1e-9)
        assert returns[kept].min() >= np.max(returns[~kept], initial=-np.inf, where=~np.isnan(returns[~kept]))


def test_the_effective_sample_size_by_hand() -> None:
    assert effective_sample_size(np.array([0.0, 2.0, 2.0, 2.0])) == pytest.approx(3.0)
    assert effective_sample_size(np.array([3.0, 1.0])) == pytest.approx(16 / 10)
    assert effective_sample_size(np.zeros(4)) == 0.0


def test_a_family_is_judged_against_its_own() -> None:
    """Two families of two robots; in the second the first segment was lived through by one robot only."""
    returns = np.array([[1.0, 5.0], [3.0, 5.0], [NAN, 2.0], [9.0, 4.0]])
    np.testing.assert_allclose(relative(returns, 2), [[-1.0, 0.0], [1.0, 0.0], [NAN, -1.0], [0.0, 1.0]])
    np.testing.assert_array_equal(relative(returns, 1), returns)
