from collections.abc import Callable

import numpy as np
import pytest

from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.rewards.velocity import VelocityTracking
from diffusion_mpc_ros.planning.trajectory import (
    ANGULAR_VELOCITY,
    COMMAND,
    GRAVITY,
    JOINT_POSITION,
    JOINT_VELOCITY,
    WIDTH,
)

Gradient = Callable[[RewardTerm, np.ndarray], np.ndarray]
STAND_POSE = [-0.1, 0.8, -1.5, 0.1, 0.8, -1.5, -0.1, 1.0, -1.5, 0.1, 1.0, -1.5]


@pytest.fixture
def standing() -> np.ndarray:
    """(1, 3, 57)."""
    tau = np.zeros((1, 3, WIDTH))
    tau[..., GRAVITY] = 0.0, 0.0, -1.0
    tau[..., JOINT_POSITION] = STAND_POSE
    return tau


def test_only_the_command_of_the_first_row_counts(standing: np.ndarray) -> None:
    standing[:, 1:, COMMAND] = 5.0
    assert VelocityTracking().value(standing, 0) == 0.0
    standing[:, 0, COMMAND] = 0.5, -0.2, 1.0
    assert VelocityTracking(yaw_gain=0.3).value(standing, 0) == pytest.approx(-(0.5**2 + 0.2**2 + 0.3))


def test_turning_as_commanded_is_better_than_standing(standing: np.ndarray) -> None:
    standing[:, 0, COMMAND] = 0.0, 0.0, 0.4
    still = VelocityTracking().value(standing, 0)
    standing[..., ANGULAR_VELOCITY] = 0.0, 0.0, 0.4
    assert still < VelocityTracking().value(standing, 0) <= 0.0


def test_the_gradient_asks_the_standing_legs_to_push(standing: np.ndarray, gradient: Gradient) -> None:
    """To go forward, feet on the ground go backward: the thighs turn forward (positive about y)."""
    standing[:, 0, COMMAND] = 0.5, 0.0, 0.0
    slope = gradient(VelocityTracking(), standing)
    thighs = slope[..., JOINT_VELOCITY][..., 1::3]
    assert np.all(thighs >= 0.0)
    assert np.all(thighs.sum(axis=-1) > 0.0)
    assert not slope[..., COMMAND].any()
