"""The gate of every single frame: between two control ticks, too, a motor is told only what it can do."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.safety.joint_array import joint_array


@dataclass(frozen=True, eq=False)
class FrameTarget:
    """Set-point of one frame, joint by joint: torque = kp (q - measured q) - kd (measured dq)."""

    q: np.ndarray
    """Joint position targets, (12,), rad."""
    kp: np.ndarray
    """Proportional gains, (12,), N m/rad."""
    kd: np.ndarray
    """Derivative gains, (12,), N m s/rad."""


class FrameEnvelope:
    """Holds position, step and torque of frame after frame, all three at once: none gives way to another.

    Targets stay within the joints' range and move by at most ``max_step`` from one frame to the next. Where a motor
    would then have to give more than it can, by the newest measurement, both of its gains shrink until it gives just
    that. The first target after a pause moves from where the joints are.

    Args:
        lower, upper: mechanical joint limits, (12,), rad.
        torque_limit: peak motor torques, (12,), N m.
        max_step: largest change of a target from one frame to the next, rad.
    """

    def __init__(self, lower: np.ndarray, upper: np.ndarray, torque_limit: np.ndarray, max_step: float) -> None:
        self._lower, self._upper = joint_array("lower", lower), joint_array("upper", upper)
        self._torque_limit = joint_array("torque_limit", torque_limit)
        self._max_step = max_step
        self._last: np.ndarray | None = None

    def admit(self, target: np.ndarray, kp: float, kd: float, q: np.ndarray, dq: np.ndarray) -> FrameTarget:
        """The admissible set-point nearest to ``target``; it counts as sent only once ``sent`` says so.

        Args:
            target: wanted joint targets, (12,), finite, rad.
            kp, kd: wanted gains of every joint, N m/rad and N m s/rad, at least 0.
            q, dq: measured joint positions and velocities, (12,), finite, rad and rad/s.
        """
        last = np.minimum(np.maximum(q, self._lower), self._upper) if self._last is None else self._last
        near = np.minimum(np.maximum(target, last - self._max_step), last + self._max_step)
        near = np.minimum(np.maximum(near, self._lower), self._upper)
        excess = np.abs(kp * (near - q) - kd * dq) / self._torque_limit
        share = 1.0 / np.maximum(excess, 1.0)  # of its gains that a motor can follow
        return FrameTarget(near, kp * share, kd * share)

    def sent(self, target: FrameTarget | None) -> None:
        """What was handed to the motors: the next target moves from there; None if it holds none."""
        self._last = None if target is None else target.q
