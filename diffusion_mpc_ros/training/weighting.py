"""Which rollouts are learned from, and how much (section IV-C): pure functions of their returns."""

import numpy as np


def relative(returns: np.ndarray, replicas: int) -> np.ndarray:
    """Returns (E, S) of robots that come in families of ``replicas``, less their family's mean; (E, S).

    A family shares physics, command and objective: what is left is what its robots did, not what befell them. NaN
    marks what has no return. A family of one is judged by the return itself, as in the paper.
    """
    if replicas == 1:
        return returns
    families = returns.reshape(-1, replicas, returns.shape[1])
    count = np.isfinite(families).sum(axis=1, keepdims=True)
    mean = np.nansum(families, axis=1, keepdims=True) / np.maximum(count, 1)
    return (families - mean).reshape(returns.shape)


def top_share(returns: np.ndarray, share: float) -> np.ndarray:
    """Which (M,) of the returns (M,) are the ``share`` greatest; at least one. NaN is never one of them.

    The share is that of the returns that there are. Of equals, the first ones are kept.
    """
    finite = np.isfinite(returns)
    count = max(1, round(share * finite.sum())) if finite.any() else 0
    order = np.argsort(np.where(finite, -returns, np.inf), kind="stable")
    kept = np.zeros(len(returns), dtype=bool)
    kept[order[:count]] = True
    return kept


def reward_weights(returns: np.ndarray, temperature: float, share: float, heaviest: float) -> np.ndarray:
    """w(tau) = exp(R / T) of the top ``share``, 0 for the rest, scaled so that those kept have a mean of 1; (M,).

    Section IV-C scales by the mean over all. What has no weight is not drawn here, so the mean of what is drawn is 1.
    No weight is more than ``heaviest`` times the least one kept: who alone of a family did not fall has a return so far
    above the others' that nothing else would be learned from.
    """
    weights = np.zeros(len(returns))
    kept = top_share(returns, share)
    if kept.any():
        above = (returns[kept] - returns[kept].min()) / temperature
        tilted = np.exp(np.minimum(above, np.log(heaviest)))
        weights[kept] = tilted / tilted.mean()
    return weights


def effective_sample_size(weights: np.ndarray) -> float:
    """(sum w)^2 / sum w^2: how many equal weights would vary an average as little."""
    total = float(np.square(weights).sum())
    return float(weights.sum() ** 2 / total) if total > 0 else 0.0
