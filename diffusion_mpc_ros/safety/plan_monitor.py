"""Watches what the planner sends during a walk."""

from collections import deque

import numpy as np

from diffusion_mpc_ros.safety.faults import Fault, Finding
from diffusion_mpc_ros.safety.safety_config import SafetyConfig

WINDOW = 50
"""Control ticks over which targets out of range are counted: 1 s."""
WILD = 0.3
"""Distance beyond a mechanical limit from which a target is no slip but a broken plan, rad."""
TOLERANCE = 1e-3
"""What float32 and a plan that touches its limit may differ by, rad."""


class PlanMonitor:
    """Counts refused chunks in a row and ticks whose target no joint could reach. Begun anew with every walk.

    Args:
        config: the thresholds.
        lower, upper: mechanical joint limits, (12,), rad.
    """

    def __init__(self, config: SafetyConfig, lower: np.ndarray, upper: np.ndarray) -> None:
        self._config = config
        self._lower, self._upper = lower - TOLERANCE, upper + TOLERANCE
        self._rejects = 0
        self._out_of_range: deque[bool] = deque(maxlen=WINDOW)

    def is_wild(self, targets: np.ndarray) -> bool:
        """Whether a plan's targets, (H, 12), rad, are so far out of range that following them clamped would throw the
        robot over.
        """
        return bool(((targets < self._lower - WILD) | (targets > self._upper + WILD)).any())

    def accepted(self) -> None:
        """A chunk was taken in."""
        self._rejects = 0

    def rejected(self) -> None:
        """A chunk was refused because something is wrong with it."""
        self._rejects += 1

    def planned(self, target: np.ndarray) -> None:
        """A tick's planned target, (12,), rad, before the envelope."""
        self._out_of_range.append(bool(((target < self._lower) | (target > self._upper)).any()))

    def check(self) -> list[Finding]:
        """Faults of the plans so far."""
        findings = []
        if self._rejects >= self._config.max_rejects:
            text = f"{self._rejects} chunks in a row were refused: the planner is broken, see the log"
            findings.append(Finding(Fault.CHUNKS_REJECTED, text))
        beyond = sum(self._out_of_range)
        if beyond > self._config.max_out_of_range:
            text = f"{beyond} of {len(self._out_of_range)} targets beyond the joints' range: check the objective"
            findings.append(Finding(Fault.TARGETS_OUT_OF_RANGE, text))
        return findings
