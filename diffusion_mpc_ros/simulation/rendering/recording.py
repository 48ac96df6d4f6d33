"""What the simulated robot did: the recording that the plant writes and the pictures are made from."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from diffusion_mpc_ros.simulation.rendering.camera import heading, smooth

_VELOCITY_SMOOTHING = 0.15
"""Standard deviation in s of the Gaussian over measured velocities: takes out the sway of single steps."""


class RecordingError(ValueError):
    """A file is not a recording: names the culprit, what was expected and what was found."""


@dataclass(frozen=True)
class Recording:
    """A run of T samples.

    Attributes:
        time: (T,) s, increasing.
        qpos: (T, 19) trunk position in m and orientation (w, x, y, z) in the world, then joint positions in rad.
        command: (T, 3) commanded v_x, v_y in m/s and yaw rate in rad/s, body frame; None if there was no command.
    """

    time: np.ndarray
    qpos: np.ndarray
    command: np.ndarray | None

    @classmethod
    def load(cls, path: Path) -> "Recording":
        """Reads an npz file with ``time``, ``qpos`` and, optionally, ``command``; other arrays are ignored.

        Raises:
            OSError: the file cannot be read.
            RecordingError: it is no npz file; an array is missing, has another shape or is not finite; time does not
                increase.
        """
        with path.open("rb") as stream:
            if not zipfile.is_zipfile(stream):
                raise RecordingError(f"{path}: expected an npz file, got something else")
            stream.seek(0)
            with np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in ("time", "qpos", "command") if name in file}
        length = len(arrays["time"]) if "time" in arrays else 0
        if length < 2:
            raise RecordingError(f"{path}: time: expected at least 2 samples, got {length}")
        for name, shape in (("time", (length,)), ("qpos", (length, 19)), ("command", (length, 3))):
            if name not in arrays:
                if name == "command":
                    continue
                raise RecordingError(f"{path}: {name}: expected an array of shape {shape}, got none")
            if arrays[name].shape != shape:
                raise RecordingError(f"{path}: {name}: expected shape {shape}, got {arrays[name].shape}")
            if not np.isfinite(arrays[name]).all():
                raise RecordingError(f"{path}: {name}: expected finite numbers, got NaN or infinity")
        if (np.diff(arrays["time"]) <= 0).any():
            raise RecordingError(f"{path}: time: expected increasing times, got a step that is not")
        return cls(arrays["time"], arrays["qpos"], arrays.get("command"))

    @property
    def duration(self) -> float:
        """Time from the first to the last sample, s."""
        return float(self.time[-1] - self.time[0])

    def resampled(self, rate: float) -> "Recording":
        """The samples nearest to instants ``1 / rate`` s apart, with these instants, counted from zero, as time."""
        instants = np.arange(int(self.duration * rate + 1e-6) + 1) / rate
        middles = 0.5 * (self.time[1:] + self.time[:-1]) - self.time[0]
        index = np.searchsorted(middles, instants)
        return Recording(instants, self.qpos[index], None if self.command is None else self.command[index])

    def velocity(self) -> np.ndarray:
        """Measured v_x, v_y in m/s and yaw rate in rad/s, (T, 3), in the frame of the trunk's heading, smoothed."""
        yaw = np.unwrap(heading(self.qpos[:, 3:7]))
        v_x, v_y = np.gradient(self.qpos[:, :2], self.time, axis=0).T
        cos, sin = np.cos(yaw), np.sin(yaw)
        velocity = np.stack([cos * v_x + sin * v_y, cos * v_y - sin * v_x, np.gradient(yaw, self.time)], axis=1)
        return smooth(velocity, _VELOCITY_SMOOTHING / float(np.median(np.diff(self.time))))
