"""A chunk that exists can be executed."""

import numpy as np
import pytest

from diffusion_mpc_ros.execution.action_chunk import ActionChunk, ChunkError


def test_spans_its_rows() -> None:
    chunk = ActionChunk("a", 8, np.zeros((11, 12)))
    assert chunk.end_tick == 19
    assert not chunk.targets.flags.writeable


@pytest.mark.parametrize(
    ("epoch", "start_tick", "targets", "message"),
    [
        ("", 0, np.zeros((11, 12)), "epoch: expected a word"),
        ("a", -1, np.zeros((11, 12)), "start_tick: expected 0 or more, got -1"),
        ("a", 0, np.zeros((0, 12)), "targets: expected at least one row"),
        ("a", 0, np.zeros((11, 11)), r"targets: expected shape \(\*, 12\), got \(11, 11\)"),
        ("a", 0, np.zeros(12), r"targets: expected shape \(\*, 12\), got \(12,\)"),
        ("a", 0, np.full((11, 12), np.nan), "targets: expected finite values, got nan for FR_hip_joint in row 0"),
        ("a", 0, np.full((11, 12), np.inf), "targets: expected finite values, got inf"),
    ],
)
def test_refuses_what_must_not_be_executed(epoch: str, start_tick: int, targets: np.ndarray, message: str) -> None:
    with pytest.raises(ChunkError, match=message):
        ActionChunk(epoch, start_tick, targets)
