"""What the plant did, for pictures and measurements afterwards."""

from pathlib import Path

import numpy as np

from diffusion_mpc_ros.robot.spec import NUM_JOINTS
from diffusion_mpc_ros.simulation.plant.command_inbox import AcceptedCommand


class Recording:
    """Rows of the simulation, saved as an npz of

    ``time`` (T,) simulated, s; ``wall_time`` (T,) monotonic clock, s; ``qpos`` (T, 19); ``qvel`` (T, 18); ``target``
    (T, 12) position targets of the command in force, rad; ``command_time`` (T,) when that command arrived (monotonic
    clock, s). Where no command is in force, the last two are NaN.

    Args:
        path: file to write. What has not been saved yet stands beside it as ``.partial``.

    Raises:
        OSError: the file cannot be written there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._partial.touch()
        self._rows: dict[str, list[np.ndarray | float]] = {
            name: [] for name in ("time", "wall_time", "qpos", "qvel", "target", "command_time")
        }

    def add(
        self, time_s: float, wall_time_s: float, qpos: np.ndarray, qvel: np.ndarray, last: AcceptedCommand | None
    ) -> None:
        """Append one row."""
        target = np.full(NUM_JOINTS, np.nan) if last is None else last.command.q
        command_time = np.nan if last is None else last.received_ns * 1e-9
        row = (time_s, wall_time_s, qpos.copy(), qvel.copy(), target, command_time)
        for values, value in zip(self._rows.values(), row, strict=True):
            values.append(value)

    def save(self) -> None:
        """Write the file, whole or not at all."""
        with self._partial.open("wb") as file:
            arrays = {name: np.asarray(values) for name, values in self._rows.items()}
            np.savez_compressed(file, allow_pickle=False, **arrays)
        self._partial.replace(self._path)
