"""Caching early denoising (section IV-D): begin from the previous plan instead of from noise."""

from dataclasses import dataclass, field

import numpy as np

from diffusion_mpc_ros.planning.parameters import parameter


@dataclass(frozen=True)
class WarmStart:
    """When and how far to reuse the previous plan.

    Attributes:
        steps: m, reverse steps skipped; the chain begins at level K - m. 0 always begins from noise.
        command_jump: largest Euclidean change of the command (v_x, v_y, yaw rate; m/s and rad/s) between two
            plans that still reuses.
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
    max_age: int = field(
        default=10, metadata=parameter("Age of the previous plan above which a plan starts afresh, ticks", (0, 1000))
    )

    def must_refresh(self, command: np.ndarray, previous_command: np.ndarray, elapsed: int, horizon: int) -> np.ndarray:
        """Which robots have to start from noise.

        Args:
            command: (B, 3) commands of the observations to plan from.
            previous_command: (B, 3) commands that the previous plans were made for.
            elapsed: ticks since then.
            horizon: H, rows of a plan.

        Returns:
            (B,) bool.
        """
        jump = np.linalg.norm(command - previous_command, axis=-1)
        # A plan from the future belongs to another count of ticks; one that is shifted out has no row left.
        unusable = self.steps == 0 or not 0 <= elapsed < horizon or elapsed > self.max_age
        return (jump > self.command_jump) | unusable


def shift(tau: np.ndarray, ticks: int) -> np.ndarray:
    """Trajectories (..., H, 57) as seen ``ticks`` >= 0 later: elapsed rows fall out, the last row is repeated."""
    horizon = tau.shape[-2]
    return tau[..., np.minimum(np.arange(horizon) + ticks, horizon - 1), :]
