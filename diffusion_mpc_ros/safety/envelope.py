"""The last gate before the motors: joint targets the robot can take."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.safety.joint_array import joint_array


@dataclass(frozen=True, eq=False)
class Clamped:
    """A target that passed the envelope."""

    target: np.ndarray
    """Joint targets inside the envelope, (..., 12), rad."""
    clipped: int
    """How many of them had to be changed."""


@dataclass(frozen=True, eq=False)
class JointEnvelope:
    """Limits of joint position targets: the step of a tick, the motor's torque, the joint's range.

    Applied in this order, so that where limits contradict each other the later one holds: the range always, the
    torque unless it would leave the range, the step unless it would exceed the torque.
    """

    lower: np.ndarray
    """Lower joint limits, (12,), rad."""
    upper: np.ndarray
    """Upper joint limits, (12,), rad."""
    torque_limit: np.ndarray
    """Peak motor torques, (12,), N m."""
    max_step: float
    """Largest change of a target from one tick to the next, rad."""

    def __post_init__(self) -> None:
        for name in ("lower", "upper", "torque_limit"):
            object.__setattr__(self, name, joint_array(name, getattr(self, name)))
        if not (self.lower < self.upper).all():
            raise ValueError(f"lower: expected values below upper, got {self.lower} and {self.upper}")
        if not (self.torque_limit > 0.0).all():
            raise ValueError(f"torque_limit: expected values above 0, got {self.torque_limit}")
        if not self.max_step > 0.0:
            raise ValueError(f"max_step: expected a value above 0, got {self.max_step}")

    def clamp(
        self, target: np.ndarray, last: np.ndarray, q: np.ndarray, dq: np.ndarray, kp: float, kd: float
    ) -> Clamped:
        """The admissible target nearest to ``target``.

        Args:
            target: wanted joint targets, (..., 12), rad.
            last: targets sent the tick before, (..., 12), rad.
            q: measured joint positions, (..., 12), rad.
            dq: measured joint velocities, (..., 12), rad/s.
            kp: proportional gain in force, N m/rad; 0 leaves the torque to damping alone.
            kd: derivative gain in force, N m s/rad.

        Raises:
            ValueError: naming the joint whose target is not finite.
        """
        target = joint_array("target", target, np.ndim(target))
        admissible = np.clip(target, last - self.max_step, last + self.max_step)
        if kp > 0.0:
            # |kp (q_des - q) - kd dq| <= torque_limit, solved for q_des.
            torque_free = q + kd * dq / kp
            admissible = np.clip(admissible, torque_free - self.torque_limit / kp, torque_free + self.torque_limit / kp)
        admissible = np.clip(admissible, self.lower, self.upper)
        return Clamped(admissible, int(np.count_nonzero(admissible != target)))
