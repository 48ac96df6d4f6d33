"""The rate limit on joint targets."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from diffusion_mpc_ros.planning.arrays import read_only
from diffusion_mpc_ros.planning.constraints.limits import Limits
from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.trajectory import NUM_JOINTS

STEP_RANGE = (0.001, 2.0)
"""Sanity bounds of a change of a joint target in one control tick, rad; float32 cannot tell much smaller steps."""


@dataclass(frozen=True, eq=False)
class ActionRate:
    """|a_t - a_{t-1}| <= limit in rad per control tick; a_{-1} is the previous action that s_0 carries.

    Raises:
        ValueError: a limit that is not positive.
    """

    name: ClassVar[str] = "action_rate"
    text: ClassVar[str] = "Keep the change of planned joint targets from tick to tick within the limit"

    limit: np.ndarray = field(
        metadata=parameter("Largest changes of joint targets, rad per control tick, in joint order", STEP_RANGE)
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", read_only("limit", self.limit, (NUM_JOINTS,), np.float64))
        if np.any(self.limit <= 0.0):
            raise ValueError(f"limit: expected positive numbers, got {self.limit.min():g}")

    def limits(self, horizon: int) -> Limits:
        return Limits(step=self.limit)
