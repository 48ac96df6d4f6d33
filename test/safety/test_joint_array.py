"""Joint arrays are checked, copied and read-only."""

import numpy as np
import pytest

from diffusion_mpc_ros.safety.joint_array import joint_array


def test_copies_and_freezes() -> None:
    values = np.zeros(12)
    array = joint_array("pose", values)
    values[0] = 1.0
    assert array[0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1.0


@pytest.mark.parametrize("shape", [(11,), (13,), (), (1, 12), (12, 1)])
def test_refuses_another_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"pose: expected shape \(12\), got"):
        joint_array("pose", np.zeros(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_names_the_joint_that_is_not_finite(value: float) -> None:
    values = np.zeros((2, 12))
    values[1, 4] = value
    with pytest.raises(ValueError, match=r"targets: expected finite values, got .* for FL_thigh_joint in row 1"):
        joint_array("targets", values, ndim=2)
