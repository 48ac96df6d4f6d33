import numpy as np
import pytest

from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.trajectory import STATE, WIDTH


def test_decode_undoes_encode(normalization: Normalization) -> None:
    tau = np.random.default_rng(0).normal(size=(2, 3, 11, WIDTH)).astype(np.float32)
    encoded = normalization.encode(tau)
    assert encoded.dtype == np.float32
    np.testing.assert_allclose(normalization.decode(encoded), tau, atol=1e-6)


def test_encoded_data_has_mean_zero_and_deviation_one() -> None:
    data = np.random.default_rng(0).normal(3.0, 0.2, size=(5000, WIDTH))
    encoded = Normalization(data.mean(0), data.std(0)).encode(data)
    np.testing.assert_allclose(encoded.mean(0), 0.0, atol=1e-4)
    np.testing.assert_allclose(encoded.std(0), 1.0, atol=1e-4)


def test_some_columns_encode_as_they_do_among_all(normalization: Normalization) -> None:
    tau = np.random.default_rng(0).normal(size=(4, WIDTH)).astype(np.float32)
    np.testing.assert_array_equal(normalization.encode(tau[:, STATE], STATE), normalization.encode(tau)[:, STATE])


@pytest.mark.parametrize(
    ("mean", "std", "message"),
    [
        (np.zeros(56), np.ones(57), r"mean: expected shape \(57,\), got \(56,\)"),
        (np.zeros(57), np.r_[np.ones(56), 0.0], r"std\[56\]: expected a positive number, got 0"),
        (np.r_[np.nan, np.zeros(56)], np.ones(57), r"mean\[0\]: expected a finite number, got nan"),
    ],
)
def test_refuses_what_it_cannot_invert(mean: np.ndarray, std: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Normalization(mean, std)


def test_arrays_are_frozen(normalization: Normalization) -> None:
    with pytest.raises(ValueError, match="read-only"):
        normalization.mean[0] = 1.0
