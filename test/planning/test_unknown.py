import numpy as np
import pytest

from diffusion_mpc_ros.planning.normalization import DATA_CLIP, Normalization
from diffusion_mpc_ros.planning.trajectory import ACTION, COMMAND, PREVIOUS_ACTION, STATE, WIDTH
from diffusion_mpc_ros.planning.unknown import BLOCKS, Completion, unknown

HORIZON = 11
SIZE = 30 * (HORIZON - 1) + 12 * HORIZON
"""What is unknown by hand: 30 values of every state but the first, and 12 of every action."""


def test_what_planning_knows_is_not_denoised() -> None:
    asked = unknown(HORIZON)
    assert not asked[STATE, 0].any()
    assert not asked[COMMAND].any()
    assert not asked[PREVIOUS_ACTION].any()
    assert asked[ACTION].all()
    assert asked.sum() == SIZE


def test_blocks_hold_all_that_is_unknown_and_of_first_states_alone_what_is_known() -> None:
    columns = np.concatenate([np.arange(WIDTH)[block] for block in BLOCKS.values()])
    assert unknown(HORIZON)[columns].sum() == SIZE
    assert unknown(HORIZON)[columns, 1:].all()


@pytest.mark.parametrize("count", [1, 15, 16, 40])
def test_a_window_is_completed(count: int, normalization: Normalization) -> None:
    rng = np.random.default_rng(0)
    clean = rng.standard_normal((count, SIZE), np.float32)
    tau, window = rng.standard_normal((2, WIDTH, HORIZON, count), np.float32)
    Completion(normalization, HORIZON)(clean, tau, window)
    mean, std = (values[:, None, None] for values in (normalization.mean, normalization.std))
    lower, upper = (np.broadcast_to(mean + side * DATA_CLIP * std, window.shape) for side in (-1.0, 1.0))
    asked = unknown(HORIZON)
    np.testing.assert_array_equal(window[asked], np.clip(clean.T, lower[asked], upper[asked]))
    np.testing.assert_array_equal(window[STATE, 0], tau[STATE, 0])
    np.testing.assert_array_equal(window[COMMAND], np.repeat(tau[COMMAND, :1], HORIZON, axis=1))
    np.testing.assert_array_equal(window[PREVIOUS_ACTION, 1:], window[ACTION, :-1])


def test_estimates_beyond_the_data_are_clipped() -> None:
    normalization = Normalization(np.zeros(WIDTH), np.ones(WIDTH))
    tau, window = np.zeros((2, WIDTH, HORIZON, 1), np.float32)
    Completion(normalization, HORIZON)(np.full((1, SIZE), 1e4, np.float32), tau, window)
    assert window[ACTION].min() == window[ACTION].max() == DATA_CLIP
