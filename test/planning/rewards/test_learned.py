"""Terms on learned quantities, with a quantity that is known."""

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.quantity import UNITS
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.rewards.learned import READS, BaseHeight, Energy, FootLift
from diffusion_mpc_ros.planning.rewards.registry import BUILT_IN
from diffusion_mpc_ros.planning.rewards.term import RewardTerm

Trajectories = Callable[..., np.ndarray]


class ToyQuantity:
    """0.3 + 0.01 k + the mean of sin(tau); counts its runs."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, tau: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        self.runs += 1
        value = np.sin(tau).mean(axis=(1, 2)) + np.asarray(0.3 + 0.01 * k, tau.dtype)
        return value, np.cos(tau) / tau[0].size


TERMS: tuple[Callable[[ToyQuantity], RewardTerm], ...] = (
    BaseHeight,
    lambda model: BaseHeight(model, 0.2),
    Energy,
    FootLift,
    lambda model: FootLift(model, 0.15),
)


@pytest.mark.parametrize("make", TERMS)
@given(seed=st.integers(0, 2**32 - 1), k=st.integers(0, 9))
def test_gradient_is_that_of_the_value_at_the_same_level(
    trajectories: Trajectories, make: Callable[[ToyQuantity], RewardTerm], seed: int, k: int
) -> None:
    reward = CompositeReward(((2.0, make(ToyQuantity())),))
    tau = trajectories(seed)
    direction = np.random.default_rng(seed).normal(size=tau.shape)
    step = 1e-5
    slope = (reward.value(tau + step * direction, k) - reward.value(tau - step * direction, k)) / (2.0 * step)
    np.testing.assert_allclose(np.sum(reward.gradient(tau, k) * direction, axis=(1, 2)), slope, atol=1e-7)


@pytest.mark.parametrize("term", [BaseHeight, FootLift])
def test_nothing_is_better_than_the_target(trajectories: Trajectories, term: type[BaseHeight] | type[FootLift]) -> None:
    model = ToyQuantity()
    tau = trajectories(3)
    value, _ = model(tau, 2)
    for error in (-0.05, 0.0, 0.05):
        rewards = [term(model, float(v) - error).value(tau, 2)[i] for i, v in enumerate(value)]
        np.testing.assert_allclose(rewards, -(error**2), atol=1e-12)


def test_energy_is_the_power_itself(trajectories: Trajectories) -> None:
    model = ToyQuantity()
    tau = trajectories(3)
    power, slope = model(tau, 5)
    np.testing.assert_array_equal(Energy(model).value(tau, 5), -power)
    total = np.ones_like(tau)
    Energy(model).add_gradient(tau, 5, 2.0, total)
    np.testing.assert_array_equal(total, 1.0 - 2.0 * slope)


@pytest.mark.parametrize("make", TERMS)
def test_value_and_gradient_cost_one_run_of_the_network_each(
    trajectories: Trajectories, make: Callable[[ToyQuantity], RewardTerm]
) -> None:
    model = ToyQuantity()
    term = make(model)
    tau = trajectories(3).astype(np.float32)
    assert term.value(tau, 0).dtype == np.float32
    term.add_gradient(tau, 0, 1.0, np.zeros_like(tau))
    assert model.runs == 2


def test_a_quantity_is_known_for_all_that_built_in_terms_need() -> None:
    needed = {f"{term.name}.{item.name}" for term in BUILT_IN for item in fields(term) if not item.metadata}  # type: ignore[arg-type]
    assert needed == READS.keys()
    assert set(READS.values()) == UNITS.keys()
