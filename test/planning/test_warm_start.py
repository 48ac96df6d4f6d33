import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.trajectory import COMMAND, JOINT_POSITION, STATE, WIDTH
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
    max_age=st.integers(0, 20),
    elapsed=st.integers(-5, 20),
    jump=st.floats(0.0, 1.0).filter(lambda jump: abs(jump - 0.4) > 1e-3),
)
def test_a_previous_plan_holds_until_robot_or_command_leave_it(max_age: int, elapsed: int, jump: float) -> None:
    """Four robots: as before, one with another command, one pushed as far, one not where the plan has its last row."""
    previous = np.zeros((4, HORIZON, WIDTH))
    previous[:, 0, COMMAND] = 0.5, 0.0, 0.0
    row = min(max(elapsed, 0), HORIZON - 1)
    observation = previous[:, 0, STATE].copy()
    observation[1, COMMAND] += 0.0, -jump, 0.0
    observation[2, JOINT_POSITION] += jump
    previous[3, (row + 1) % HORIZON, JOINT_POSITION] = 2.0
    warm_start = WarmStart(command_jump=0.4, state_jump=0.4, max_age=max_age)
    usable = 0 <= elapsed <= max_age and elapsed < HORIZON
    near = usable and jump <= 0.4
    assert warm_start.holds(observation, previous, elapsed).tolist() == [usable, near, near, usable]
