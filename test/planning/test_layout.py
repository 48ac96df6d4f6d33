import numpy as np

from diffusion_mpc_ros.planning.layout import empty_batch, laid_out
from diffusion_mpc_ros.planning.trajectory import JOINT_POSITION, WIDTH


def test_columns_of_a_batch_are_contiguous() -> None:
    tau = empty_batch(5, 11)
    assert tau.shape == (5, 11, WIDTH)
    assert tau[..., JOINT_POSITION].T.flags.c_contiguous


def test_laying_out_copies_only_what_lies_otherwise() -> None:
    tau = empty_batch(5, 11)
    tau[...] = np.random.default_rng(0).standard_normal(tau.shape)
    assert np.shares_memory(laid_out(tau), tau)
    other = np.ascontiguousarray(tau)
    assert not np.shares_memory(laid_out(other), other)
    np.testing.assert_array_equal(laid_out(other), laid_out(tau))
