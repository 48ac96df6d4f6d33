import numpy as np
import pytest
import torch

from diffusion_mpc_ros.planning.trajectory import COMMAND, STATE_DIM
from diffusion_mpc_ros.training.odometry import SPAN, OdometerNetwork, Walks, errors


class Constant(OdometerNetwork):
    """Reads the same velocity off everything."""

    def forward(self, observation: torch.Tensor) -> torch.Tensor:
        return torch.tensor([0.5, -0.1]).expand(*observation.shape[:-1], 2)


def test_the_command_is_not_seen() -> None:
    torch.manual_seed(0)
    network = OdometerNetwork(width=8)
    observation = torch.randn(5, STATE_DIM)
    told = observation.clone()
    told[:, COMMAND] += 1.0
    with torch.inference_mode():
        torch.testing.assert_close(network(told), network(observation), rtol=0, atol=0)
        observation[:, COMMAND.stop] += 1.0
        assert not torch.allclose(network(told), network(observation))


def test_errors_of_ticks_and_of_means() -> None:
    """Robot 0 swings about 0.4 m/s, robot 1 keeps 0.7 m/s and falls in its second span."""
    ticks = 2 * SPAN + 3
    velocity = np.zeros((2, ticks, 2), np.float32)
    velocity[0, :, 0] = 0.4 + 0.2 * (-1.0) ** np.arange(ticks)
    velocity[1, :, 0] = 0.7
    upright = np.ones((2, ticks), bool)
    upright[1, SPAN + 10 :] = False
    found = errors(Constant(width=1), Walks(np.zeros((2, ticks, STATE_DIM), np.float32), velocity, upright))
    of_ticks = [(0.5 - v) ** 2 for v in velocity[..., 0][upright]]
    assert found["v_x"] == pytest.approx(np.sqrt(np.mean(of_ticks)), abs=1e-4)
    assert found["v_x_mean"] == pytest.approx(np.sqrt((0.1**2 + 0.1**2 + 0.2**2) / 3), abs=1e-4)
    assert found["v_y"] == found["v_y_mean"] == pytest.approx(0.1, abs=1e-4)
