"""What a walk may ask for at most, whoever plans it: replaced while the robot walks."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES
from diffusion_mpc_ros.safety.joint_spec import JointSpec


@dataclass(frozen=True)
class WalkLimits:
    """The operator's own limits; those of the motors hold whatever is set here.

    Raises:
        ValueError: naming the limit, what was expected and what was got.
    """

    joint_lower: tuple[float, ...]
    """Least joint targets of a walk, 12, rad."""
    joint_upper: tuple[float, ...]
    """Greatest joint targets of a walk, 12, rad."""
    command_limit: tuple[float, ...] = (1.0, 0.5, 1.0)
    """Largest v_x, v_y in m/s and yaw rate in rad/s: what the planner was trained on."""

    def __post_init__(self) -> None:
        for name, length in (("joint_lower", 12), ("joint_upper", 12), ("command_limit", 3)):
            values = getattr(self, name)
            if len(values) != length or not np.isfinite(values).all():
                raise ValueError(f"{name}: expected {length} finite values, got {values}")
        for joint, lower, upper in zip(JOINT_NAMES, self.joint_lower, self.joint_upper, strict=True):
            if not lower < upper:
                raise ValueError(f"joint_lower: expected less than joint_upper of {joint}, {upper:g}, got {lower:g}")
        if min(self.command_limit) < 0.0:
            raise ValueError(f"command_limit: expected values of 0 or more, got {self.command_limit}")

    @classmethod
    def of(cls, spec: JointSpec) -> "WalkLimits":
        """All that the joints can do."""
        return cls(tuple(spec.lower.tolist()), tuple(spec.upper.tolist()))

    def check_within(self, spec: JointSpec) -> None:
        """Let limits pass that the joints can be held to.

        Raises:
            ValueError: naming the joint whose limit lies outside its mechanical range.
        """
        for name in ("joint_lower", "joint_upper"):
            limits = np.array(getattr(self, name))
            outside = (limits < spec.lower) | (limits > spec.upper)
            if outside.any():
                joint = int(np.argmax(outside))
                raise ValueError(
                    f"{name}: expected {spec.lower[joint]:g} to {spec.upper[joint]:g} for {JOINT_NAMES[joint]}, "
                    f"got {limits[joint]:g}"
                )

    def clip(self, target: np.ndarray) -> np.ndarray:
        """The nearest joint targets that a walk may ask for, (12,), rad."""
        return np.clip(target, self.joint_lower, self.joint_upper)
