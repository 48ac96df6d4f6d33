"""Smooth joint motions between poses: stand up, settle, sit down."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.safety.joint_array import joint_array
from diffusion_mpc_ros.safety.joint_spec import JointSpec


def minimum_jerk(phase: float) -> float:
    """The minimum-jerk curve from 0 to 1: velocity and acceleration vanish at both ends (Flash and Hogan, 1985)."""
    s = min(max(phase, 0.0), 1.0)
    return s**3 * (10.0 + s * (6.0 * s - 15.0))


@dataclass(frozen=True, eq=False)
class JointMotion:
    """A joint motion that rests at each of its poses, with the share of the position gain it is tracked with.

    Between two poses all joints move in a straight line, so the motion never leaves a box that holds its poses.
    """

    poses: np.ndarray
    """Start, way points and end, (P, 12), rad."""
    durations: tuple[float, ...]
    """Time of each of the P - 1 moves, s."""
    fade_in: float = 0.0
    """Time over which the position gain grows from 0, at the start, s."""
    fade_out: float = 0.0
    """Time over which the position gain falls to 0, after the last pose is reached, s."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "poses", joint_array("poses", self.poses, ndim=2))
        if len(self.durations) != len(self.poses) - 1 or not all(duration > 0.0 for duration in self.durations):
            raise ValueError(f"durations: expected {len(self.poses) - 1} values above 0, got {self.durations}")

    @property
    def duration(self) -> float:
        """Time until the motion has ended and its gain has faded, s."""
        return sum(self.durations) + self.fade_out

    def pose(self, time: float) -> np.ndarray:
        """Joint positions ``time`` seconds after the start, (12,), rad; the last pose for ever after the end."""
        for start, end, duration in zip(self.poses[:-1], self.poses[1:], self.durations, strict=True):
            if time < duration:
                return start + minimum_jerk(time / duration) * (end - start)
            time -= duration
        return self.poses[-1]

    def gain(self, time: float) -> float:
        """Share of the position gain ``time`` seconds after the start, in [0, 1]."""
        growing = time / self.fade_in if self.fade_in > 0.0 else 1.0
        falling = (self.duration - time) / self.fade_out if self.fade_out > 0.0 else 1.0
        return min(max(min(growing, falling), 0.0), 1.0)


def stand_up(start: np.ndarray, spec: JointSpec, config: ControllerConfig) -> JointMotion:
    """From the pose the robot is found in, (12,), by way of the lie pose, to the stand pose."""
    poses = np.stack([start, spec.lie_pose, spec.stand_pose])
    return JointMotion(poses, (config.fold_s, config.rise_s), fade_in=config.gain_fade_s)


def settle(start: np.ndarray, spec: JointSpec, config: ControllerConfig) -> JointMotion:
    """From the last target of a walk, (12,), to the stand pose."""
    return JointMotion(np.stack([start, spec.stand_pose]), (config.settle_s,))


def sit_down(start: np.ndarray, spec: JointSpec, config: ControllerConfig, via_stand: bool) -> JointMotion:
    """From the last target, (12,), to the lie pose and limp; by way of the stand pose to gather the feet first."""
    if via_stand:
        poses, durations = [start, spec.stand_pose, spec.lie_pose], (config.settle_s, config.sit_s)
        return JointMotion(np.stack(poses), durations, fade_out=config.gain_fade_s)
    return JointMotion(np.stack([start, spec.lie_pose]), (config.sit_s,), fade_out=config.gain_fade_s)
