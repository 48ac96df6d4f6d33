"""All that is watched at a control tick, and the verdict on it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffusion_mpc_ros.safety.conditions import Conditions
from diffusion_mpc_ros.safety.conditions_monitor import ConditionsMonitor
from diffusion_mpc_ros.safety.faults import Action, Fault, Finding, demanded, most_severe
from diffusion_mpc_ros.safety.measurement import Measurement
from diffusion_mpc_ros.safety.plan_monitor import PlanMonitor
from diffusion_mpc_ros.safety.safety_config import SafetyConfig
from diffusion_mpc_ros.safety.state_monitor import StateMonitor


class Verdict(NamedTuple):
    """What is to be done, and why: one line for the operator."""

    action: Action
    text: str


class Sentinel:
    """The monitors together. It knows no clock: all times are given, monotonic, in s.

    Args:
        config: the thresholds.
        velocity_limit: peak joint speeds, (12,), rad/s.
        lower, upper: mechanical joint limits, (12,), rad.
    """

    def __init__(self, config: SafetyConfig, velocity_limit: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
        self._config = config
        self._state = StateMonitor(config, velocity_limit)
        self._conditions = ConditionsMonitor(config)
        self._range = lower, upper
        self.plans = PlanMonitor(config, lower, upper)
        """What the planner sends in the walk under way."""
        self._held_since_s: float | None = None

    def walk_begins(self) -> None:
        """A walk begins: what an earlier one's plans were like is forgotten."""
        self.plans = PlanMonitor(self._config, *self._range)

    def held(self, now_s: float) -> None:
        """A fault ended a walk: from now on the robot stands and waits for its operator."""
        self._held_since_s = now_s

    def moved_on(self) -> None:
        """The mode changed: nobody is waited for any more."""
        self._held_since_s = None

    def check(self, measurement: Measurement, conditions: Conditions, now_s: float, missed_ticks: int) -> list[Finding]:
        """Faults of this tick. Call once a tick; ``missed_ticks`` is how many the loop missed just before it."""
        findings = [*self._state.check(measurement), *self._conditions.check(conditions, now_s)]
        if missed_ticks > self._config.max_missed_ticks:
            text = f"{missed_ticks} control ticks missed in a row: is the computer too busy?"
            findings.append(Finding(Fault.OVERRUN, text))
        if self._held_since_s is not None and now_s - self._held_since_s > self._config.unattended_s:
            text = f"stood for {now_s - self._held_since_s:.0f} s after a fault and nobody asked for anything"
            findings.append(Finding(Fault.UNATTENDED, text))
        return findings

    def verdict(self, findings: Sequence[Finding], measurement: Measurement) -> Verdict | None:
        """What the most severe of ``findings`` demands of a robot that measures this; None of none."""
        worst = most_severe(findings)
        if worst is None:
            return None
        action = demanded(worst, self._state.can_hold(measurement))
        reason = "" if action is worst.action else "; no pose can be held in this state"
        return Verdict(action, worst.text + reason)
