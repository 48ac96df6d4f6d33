import numpy as np
import pytest

from diffusion_mpc_ros.planning.noise import NoiseBank
from diffusion_mpc_ros.planning.trajectory import WIDTH


def bank(size: int = 2**16, seed: int = 0) -> NoiseBank:
    return NoiseBank(np.random.default_rng(seed), size)


@pytest.mark.parametrize("count", [1, 40, 300], ids=["one", "part of the store", "more than the store"])
def test_noise_is_standard_normal_of_the_shape_asked_for(count: int) -> None:
    noise = bank()(count, 11)
    assert noise.shape == (count, 11, WIDTH)
    assert noise.dtype == np.float32
    assert noise.T.flags.c_contiguous
    tolerance = 5.0 / np.sqrt(min(noise.size, 2**16))
    assert abs(noise.mean()) < tolerance
    assert abs(noise.std() - 1.0) < tolerance


def test_every_draw_is_another_and_the_same_seed_gives_the_same_draws() -> None:
    draws = [[source(3, 11) for _ in range(4)] for source in (bank(), bank(), bank(seed=1))]
    for first, again, other in zip(*draws, strict=True):
        np.testing.assert_array_equal(first, again)
        assert np.mean(first != other) > 0.99
    for index in range(3):
        assert np.mean(draws[0][index] != draws[0][index + 1]) > 0.99


def test_trajectories_of_a_draw_are_not_correlated() -> None:
    noise = bank()(50, 11).reshape(50, -1)
    correlation = np.corrcoef(noise) - np.eye(50)
    assert np.abs(correlation).max() < 6.0 / np.sqrt(noise.shape[1])


def test_the_store_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        bank()(2, 11)[...] = 0.0
