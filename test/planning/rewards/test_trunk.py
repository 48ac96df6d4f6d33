from collections.abc import Callable

import numpy as np
import pytest

from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.rewards.trunk import Align, Smooth
from diffusion_mpc_ros.planning.rewards.velocity import VelocityTracking
from diffusion_mpc_ros.planning.trajectory import GRAVITY, WIDTH

Gradient = Callable[[RewardTerm, np.ndarray], np.ndarray]


def test_align_from_best_to_worst() -> None:
    tau = np.zeros((3, 2, WIDTH))
    tau[..., GRAVITY] = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 2.0]])[:, None]
    np.testing.assert_allclose(Align().value(tau, 0), [0.0, -1.0, -2.0], atol=1e-7)
    np.testing.assert_allclose(Align(np.array([0.5, 0.0, 0.0])).value(tau, 0), [-1.0, 0.0, -1.0], atol=1e-7)


def test_smooth_by_hand() -> None:
    tau = np.zeros((1, 3, WIDTH))
    tau[0, :, GRAVITY] = [[0.0, 0.0, -1.0], [0.6, 0.0, -0.8], [0.0, 0.0, -3.0]]
    assert Smooth().value(tau, 0) == pytest.approx(-2 * (0.6 + 0.2))


@pytest.mark.parametrize("term", [Align(), Smooth(), VelocityTracking()], ids=lambda term: term.name)
def test_vanishing_gravity_has_a_finite_gradient(gradient: Gradient, term: RewardTerm) -> None:
    tau = np.zeros((1, 3, WIDTH), np.float32)
    tau[0, 1, GRAVITY] = 1e-20
    assert np.all(np.isfinite(gradient(term, tau)))


def test_refuses_a_direction_that_is_none() -> None:
    with pytest.raises(ValueError, match=r"direction: expected a vector of length 0.1 or more, got length 0"):
        Align(np.zeros(3))
