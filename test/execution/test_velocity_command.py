"""Commands are refused, clamped and forgotten as they should be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.execution.velocity_command import VelocityCommand, effective_command

LIMIT = (1.0, 0.5, 1.0)
finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("name", ["v_x", "v_y", "yaw_rate"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_refuses_what_is_not_finite(name: str, value: float) -> None:
    values = {"v_x": 0.0, "v_y": 0.0, "yaw_rate": 0.0, "received_s": 0.0, name: value}
    with pytest.raises(ValueError, match=f"velocity command {name}: expected a finite value"):
        VelocityCommand(**values)


@given(finite, finite, finite)
def test_never_exceeds_the_limits(v_x: float, v_y: float, yaw_rate: float) -> None:
    command = effective_command(VelocityCommand(v_x, v_y, yaw_rate, 0.0), 0.1, 0.5, LIMIT)
    assert (np.abs(command) <= LIMIT).all()


def test_passes_what_is_within_limits() -> None:
    command = VelocityCommand(0.8, -0.4, 1.0, received_s=10.0)
    np.testing.assert_array_equal(effective_command(command, 10.5, 0.5, LIMIT), [0.8, -0.4, 1.0])


def test_is_zero_when_silent_or_never_given() -> None:
    np.testing.assert_array_equal(effective_command(VelocityCommand(1.0, 0.5, 1.0, 10.0), 10.51, 0.5, LIMIT), 0.0)
    np.testing.assert_array_equal(effective_command(None, 0.0, 0.5, LIMIT), 0.0)
