import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.trajectory import WIDTH
from diffusion_mpc_ros.planning.warm_start import WarmStart, shift

HORIZON = 11


@given(st.integers(0, 30))
def test_shift_drops_elapsed_rows_and_repeats_the_last(ticks: int) -> None:
    tau = np.broadcast_to(np.arange(HORIZON, dtype=np.float32)[:, None], (2, HORIZON, WIDTH))
    shifted = shift(tau, ticks)
    assert shifted.shape == tau.shape
    expected = [min(row + ticks, HORIZON - 1) for row in range(HORIZON)]
    np.testing.assert_array_equal(shifted[1, :, 7], expected)


@given(st.integers(0, 15), st.integers(0, 15))
def test_shifts_add_up(first: int, second: int) -> None:
    tau = np.random.default_rng(0).normal(size=(1, HORIZON, WIDTH))
    np.testing.assert_array_equal(shift(shift(tau, first), second), shift(tau, first + second))


@given(
    steps=st.integers(0, 9),
    max_age=st.integers(0, 20),
    elapsed=st.integers(-5, 20),
    jump=st.floats(0.0, 1.0).filter(lambda jump: abs(jump - 0.4) > 1e-3),
)
def test_refresh_rule(steps: int, max_age: int, elapsed: int, jump: float) -> None:
    previous = np.array([[0.5, 0.0, 0.0], [0.5, 0.0, 0.0]])
    command = previous + np.array([[0.0, 0.0, 0.0], [0.0, -jump, 0.0]])
    refresh = WarmStart(steps, command_jump=0.4, max_age=max_age).must_refresh(command, previous, elapsed, HORIZON)
    usable = steps > 0 and 0 <= elapsed <= max_age and elapsed < HORIZON
    assert refresh.tolist() == [not usable, not usable or jump > 0.4]
