"""The numbers of a robot's joints that execution and safety need."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.safety.joint_array import joint_array


@dataclass(frozen=True, eq=False)
class JointSpec:
    """Limits, poses and gains of the twelve joints, in joint order.

    Raises:
        ValueError: naming the field with a wrong shape, a value that is not finite, or a pose out of limits.
    """

    lower: np.ndarray
    """Mechanical lower joint limits, (12,), rad."""
    upper: np.ndarray
    """Mechanical upper joint limits, (12,), rad."""
    torque_limit: np.ndarray
    """Peak motor torques, (12,), N m."""
    velocity_limit: np.ndarray
    """Peak joint speeds, (12,), rad/s."""
    stand_pose: np.ndarray
    """Pose held while standing, (12,), rad."""
    lie_pose: np.ndarray
    """Folded pose in which the trunk rests on the ground, (12,), rad."""
    kp: float
    """Proportional gain of the joint controller, N m/rad."""
    kd: float
    """Derivative gain of the joint controller, N m s/rad."""

    def __post_init__(self) -> None:
        for name in ("lower", "upper", "torque_limit", "velocity_limit", "stand_pose", "lie_pose"):
            object.__setattr__(self, name, joint_array(name, getattr(self, name)))
        for name in ("stand_pose", "lie_pose"):
            pose = getattr(self, name)
            if not ((self.lower <= pose) & (pose <= self.upper)).all():
                raise ValueError(f"{name}: expected a pose within the joint limits, got {pose}")
        for name in ("kp", "kd"):
            if not 0.0 < getattr(self, name) < np.inf:
                raise ValueError(f"{name}: expected a finite value above 0, got {getattr(self, name)}")
