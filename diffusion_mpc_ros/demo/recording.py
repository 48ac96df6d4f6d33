"""Completes the plant's recording with what the operator commanded, which the plant cannot know."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from diffusion_mpc_ros.demo.sequence import Walked


def add_commands(recording: Path, walked: Sequence[Walked]) -> None:
    """Adds ``command``, (T, 3): v_x, v_y in m/s and yaw rate in rad/s at each row's time; zero outside the walk.

    Args:
        recording: npz file of the plant, with ``wall_time`` on this machine's monotonic clock; rewritten.
        walked: When what was commanded, on the same clock.
    """
    with np.load(recording, allow_pickle=False) as file:
        arrays = dict(file)
    time = arrays["wall_time"]
    command = np.zeros((len(time), 3))
    for each in walked:
        command[(each.start <= time) & (time < each.end)] = each.segment.command
    np.savez_compressed(recording, **arrays, command=command)
