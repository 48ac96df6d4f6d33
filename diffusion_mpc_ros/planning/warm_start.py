"""Whether the previous plan still counts: if so, early denoising may begin from it (section IV-D) rather than noise."""

from dataclasses import dataclass, field

import numpy as np

from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.trajectory import COMMAND, JOINT_POSITION


@dataclass(frozen=True)
class WarmStart:
    """When and how far to reuse the previous plan.

    Attributes:
        steps: m, reverse steps skipped; the chain begins at level K - m. 0 always begins from noise.
        command_jump: largest Euclidean change of the command (v_x, v_y, yaw rate; m/s and rad/s) between two
            plans that still reuses.
        state_jump: largest root mean square difference between the joint positions observed and those that the
            previous plan expected by now that still reuses, rad.
        max_age: greatest age of the previous plan that still reuses, control ticks.
    """

    steps: int = field(
        default=0,
        metadata=parameter("Early denoising steps saved by reusing the previous plan (m); 0 is off", (0, 9)),
    )
    command_jump: float = field(
        default=0.3,
        metadata=parameter(
            "Change of the velocity command (Euclidean, m/s and rad/s) above which a plan starts afresh", (0.0, 10.0)
        ),
    )
    state_jump: float = field(
        default=0.2,
        metadata=parameter(
            "Difference of the joint positions from those expected (root mean square, rad) above which a plan starts "
            "afresh: a push or a stumble; walking as planned stays well below",
            (0.0, 10.0),
        ),
    )
    max_age: int = field(
        default=10, metadata=parameter("Age of the previous plan above which a plan starts afresh, ticks", (0, 1000))
    )

    def holds(self, observation: np.ndarray, previous: np.ndarray, elapsed: int) -> np.ndarray:
        """For which robots the previous plan still says what they are to do.

        Args:
            observation: (B, 45) to plan from.
            previous: (B, H, 57) the previous plans.
            elapsed: ticks since these were made.

        Returns:
            (B,) bool.
        """
        # A plan from the future belongs to another count of ticks; one that is shifted out has no row left.
        if not 0 <= elapsed < previous.shape[1] or elapsed > self.max_age:
            return np.zeros(len(observation), bool)
        command = observation[:, COMMAND] - previous[:, 0, COMMAND]
        position = observation[:, JOINT_POSITION] - previous[:, elapsed, JOINT_POSITION]
        surprise = np.sqrt(np.mean(position**2, axis=-1))
        return (np.linalg.norm(command, axis=-1) <= self.command_jump) & (surprise <= self.state_jump)


def shift(tau: np.ndarray, ticks: int) -> np.ndarray:
    """Trajectories (..., H, 57) as seen ``ticks`` >= 0 later: elapsed rows fall out, the last row is repeated."""
    horizon = tau.shape[-2]
    return tau[..., np.minimum(np.arange(horizon) + ticks, horizon - 1), :]
