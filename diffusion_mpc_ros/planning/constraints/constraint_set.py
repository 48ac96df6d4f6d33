"""The constraint set C: every limit that is switched on, kept together (section IV-A).

Limits are kept in this order:

1. Bounds, intersected. For bounds alone, clamping to them is the Euclidean projection.
2. Rows a x <= b.
3. Steps |a_t - a_{t-1}|, from the previous action on.

What no posture can keep is refused when it is set, so the first two always hold. A step gives way to them where the
previous action is further than a step away from all that they allow, or where bounds move faster than the step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from diffusion_mpc_ros.planning.constraints.limits import LARGEST, Constraint, Limits
from diffusion_mpc_ros.planning.constraints.polyhedron import ROOMS, inner_point
from diffusion_mpc_ros.planning.constraints.projection import Projection
from diffusion_mpc_ros.planning.trajectory import COLUMN_NAMES, WIDTH


@dataclass(frozen=True)
class ConstraintSet:
    """C.

    Attributes:
        members: the constraints, in any order.

    Raises:
        ValueError: constraints that no posture keeps together.
    """

    members: tuple[Constraint, ...] = ()
    _inside: np.ndarray = field(init=False, repr=False, compare=False)
    _projections: dict[int, Projection] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_inside", _inside(self.members))

    def project(self, tau: np.ndarray) -> None:
        """Pi_C of Algorithm 1, line 6: move trajectories (M, H, 57), physical units, onto the set, in place.

        The measured s_0 is left as it is; it says what the previous action was.
        """
        horizon = tau.shape[1]
        if horizon not in self._projections:
            limits = Limits.together([member.limits(horizon) for member in self.members], horizon)
            self._projections[horizon] = Projection(limits, self._inside)
        self._projections[horizon].project(tau)


def _inside(members: Sequence[Constraint]) -> np.ndarray:
    """Points (2, 57) that keep bounds and rows in the first and in the last row of a trajectory.

    Bounds are linear in time: if the first and the last row can be kept, so can those between.
    """
    parts = []
    for member in members:
        try:
            parts.append(member.limits(2))
        except ValueError as error:
            raise ValueError(f"constraints.{member.name}.{error}") from error
    _check_bounds(members, parts)
    limits = Limits.together(parts, 2)
    tied = limits.a.any(axis=0)
    inside = np.zeros((2, WIDTH))
    for row in range(2):
        lower, upper = np.maximum(limits.lower[row, tied], -LARGEST), np.minimum(limits.upper[row, tied], LARGEST)
        found = inner_point(limits.a[:, tied], limits.b, lower, upper)
        if found.point is None:
            raise ValueError(_contradiction(members, parts, found.active))
        inside[row, tied] = found.point
    return inside


def _check_bounds(members: Sequence[Constraint], parts: Sequence[Limits]) -> None:
    lower = np.array([np.broadcast_to(part.lower, (2, WIDTH)) for part in parts])
    upper = np.array([np.broadcast_to(part.upper, (2, WIDTH)) for part in parts])
    for row, column in np.argwhere(lower.max(axis=0, initial=-np.inf) > upper.min(axis=0, initial=np.inf)):
        low, high = lower[:, row, column], upper[:, row, column]
        below, above = members[int(high.argmin())].name, members[int(low.argmax())].name
        raise ValueError(
            f"constraints.{below}: expected to leave {COLUMN_NAMES[column]} room above {low.max():g}, the lower limit "
            f"of constraints.{above}, got the upper limit {high.min():g}; loosen or switch off one of the two"
        )


def _contradiction(members: Sequence[Constraint], parts: Sequence[Limits], active: np.ndarray) -> str:
    rows = [(member.name, row) for member, part in zip(members, parts, strict=True) for row in range(len(part.b))]
    names = [f"row {rows[index][1]} of constraints.{rows[index][0]}" for index in active if index < len(rows)]
    others = " and the bounds on their columns" if len(names) < len(active) else ""
    return (
        f"constraints.{rows[0][0]}: expected rows that some posture keeps with {ROOMS[-1]:.0e} of their norm to spare, "
        f"got {', '.join(names)}{others} in contradiction; loosen or switch off some of these"
    )
