"""Joint position limits that change over the horizon."""

from dataclasses import dataclass, field, fields
from typing import ClassVar

import numpy as np

from diffusion_mpc_ros.planning.arrays import check_order, read_only
from diffusion_mpc_ros.planning.constraints.boxes import position_limits
from diffusion_mpc_ros.planning.constraints.limits import Limits
from diffusion_mpc_ros.planning.parameters import ANGLE_RANGE, parameter
from diffusion_mpc_ros.planning.trajectory import NUM_JOINTS, joint_indices


@dataclass(frozen=True, eq=False)
class TimedPositionBox:
    """lower_t <= q_t <= upper_t, positions and targets alike, rad: linear in t from the first row to the last.

    Raises:
        ValueError: a lower bound above its upper bound, at the start or at the end.
    """

    name: ClassVar[str] = "timed_position"
    text: ClassVar[str] = "Keep planned joint positions and targets within limits that change over the horizon"

    lower_start: np.ndarray = field(
        metadata=parameter("Lower joint position limits at the first row of a plan, rad, in joint order", ANGLE_RANGE)
    )
    upper_start: np.ndarray = field(
        metadata=parameter("Upper joint position limits at the first row of a plan, rad, in joint order", ANGLE_RANGE)
    )
    lower_end: np.ndarray = field(
        metadata=parameter("Lower joint position limits at the last row of a plan, rad, in joint order", ANGLE_RANGE)
    )
    upper_end: np.ndarray = field(
        metadata=parameter("Upper joint position limits at the last row of a plan, rad, in joint order", ANGLE_RANGE)
    )

    def __post_init__(self) -> None:
        for item in fields(self):
            bound = read_only(item.name, getattr(self, item.name), (NUM_JOINTS,), np.float64)
            object.__setattr__(self, item.name, bound)
        check_order(self.lower_start, self.upper_start, "_start")
        check_order(self.lower_end, self.upper_end, "_end")

    def limits(self, horizon: int) -> Limits:
        progress = np.linspace(0.0, 1.0, horizon)[:, None]  # (H, 1)
        lower = (1.0 - progress) * self.lower_start + progress * self.lower_end
        upper = (1.0 - progress) * self.upper_start + progress * self.upper_end
        return position_limits(joint_indices(), lower, upper)
