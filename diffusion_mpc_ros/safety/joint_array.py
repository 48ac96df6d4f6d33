"""Checked arrays of joint values: the gate through which every joint number enters execution and safety."""

import numpy as np
from numpy.typing import ArrayLike

from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES, NUM_JOINTS


def joint_array(name: str, values: ArrayLike, ndim: int = 1) -> np.ndarray:
    """A read-only float64 copy of joint values, shape (..., 12) with ``ndim`` axes, in joint order.

    Raises:
        ValueError: naming the array and what is wrong with it: its shape, or its first joint that is not finite.
    """
    array = np.array(values, dtype=np.float64)
    if array.ndim != ndim or array.shape[-1] != NUM_JOINTS:
        expected = ", ".join(["*"] * (ndim - 1) + [str(NUM_JOINTS)])
        raise ValueError(f"{name}: expected shape ({expected}), got {array.shape}")
    bad = ~np.isfinite(array)
    if bad.any():
        where = tuple(int(index) for index in np.argwhere(bad)[0])
        row = f" in row {where[0]}" if ndim > 1 else ""
        raise ValueError(f"{name}: expected finite values, got {array[where]} for {JOINT_NAMES[where[-1]]}{row}")
    array.setflags(write=False)
    return array
