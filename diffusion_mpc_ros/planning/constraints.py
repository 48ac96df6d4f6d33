"""Projections onto the constraint set C (section IV-A), in place, on trajectories in physical units.

Boxes on columns are independent, so clamping each is the Euclidean projection onto all of them.
"""

from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np

from diffusion_mpc_ros.planning.arrays import check_order, read_only
from diffusion_mpc_ros.planning.parameters import ANGLE_RANGE, parameter
from diffusion_mpc_ros.planning.trajectory import ACTION, JOINT_POSITION, JOINT_VELOCITY, NUM_JOINTS

SPEED_RANGE = (0.0, 100.0)
"""Sanity bounds of a joint speed limit, rad/s."""


class Projection(Protocol):
    """One Pi_C. Its dataclass fields are its parameters (see ``parameters.py``)."""

    name: ClassVar[str]
    """Group of its parameters, below ``constraints``."""
    text: ClassVar[str]
    """What it enforces, for the operator."""

    def project(self, tau: np.ndarray) -> None:
        """Move trajectories (M, H, 57) onto the set, in place."""
        ...


@dataclass(frozen=True, eq=False)
class JointPositionBox:
    """lower <= q_t <= upper, for measured positions and position targets alike (section V-B2), rad.

    Raises:
        ValueError: a lower bound above its upper bound.
    """

    name: ClassVar[str] = "joint_position"
    text: ClassVar[str] = "Keep planned joint positions and targets within the limits"

    lower: np.ndarray = field(metadata=parameter("Lower joint position limits, rad, in joint order", ANGLE_RANGE))
    upper: np.ndarray = field(metadata=parameter("Upper joint position limits, rad, in joint order", ANGLE_RANGE))

    def __post_init__(self) -> None:
        lower = np.asarray(self.lower, np.float64)
        upper = np.asarray(self.upper, np.float64)
        object.__setattr__(self, "lower", read_only("lower", _round_up(lower), (NUM_JOINTS,)))
        object.__setattr__(self, "upper", read_only("upper", -_round_up(-upper), (NUM_JOINTS,)))
        check_order(lower, upper)

    def project(self, tau: np.ndarray) -> None:
        for columns in (JOINT_POSITION, ACTION):
            np.clip(tau[..., columns], self.lower, self.upper, out=tau[..., columns])


@dataclass(frozen=True, eq=False)
class JointVelocityBox:
    """|dq_t| <= limit (section V-B4), rad/s."""

    name: ClassVar[str] = "joint_velocity"
    text: ClassVar[str] = "Keep planned joint speeds within the limit"

    limit: np.ndarray = field(metadata=parameter("Joint speed limits, rad/s, in joint order", SPEED_RANGE))

    def __post_init__(self) -> None:
        limit = np.asarray(self.limit, np.float64)
        object.__setattr__(self, "limit", read_only("limit", -_round_up(-limit), (NUM_JOINTS,)))
        if np.any(self.limit < 0.0):
            raise ValueError(f"limit: expected no negative number, got {limit.min():g}")

    def project(self, tau: np.ndarray) -> None:
        np.clip(tau[..., JOINT_VELOCITY], -self.limit, self.limit, out=tau[..., JOINT_VELOCITY])


@dataclass(frozen=True)
class ConstraintSet:
    """Projections applied one after the other, in the order given."""

    projections: tuple[Projection, ...] = ()

    def project(self, tau: np.ndarray) -> None:
        """Pi_C of Algorithm 1, line 6: move trajectories (M, H, 57), physical units, onto the set, in place."""
        for projection in self.projections:
            projection.project(tau)


def _round_up(limit: np.ndarray) -> np.ndarray:
    """The smallest float32 not below the float64 limit: what is within the rounded limit is within the true one."""
    rounded = limit.astype(np.float32)
    return np.where(rounded < limit, np.nextafter(rounded, np.float32(np.inf)), rounded)
