"""The configurations of `evaluate deployment`: A to E of the paper's Table VI, and ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diffusion_mpc_ros.robot.wire_format import STATE_RATE_HZ

NEVER_REFRESH = {"cache.command_jump": 10.0, "cache.state_jump": 10.0, "cache.max_age": 1000}
RANKED = {"align.weight": 10.0, "sampler.coherence": 100.0, "sampler.temperature": 0.5}
"""What our candidates are ranked by: a level trunk, which guides them, too, and going on with the plan before."""
EVERY_TICK = {"margin": 1, "replan_period": 1}
"""The executor's own defaults."""
EVERY_FOURTH_TICK = {"margin": 1, "replan_period": 4}
AT_ONCE = {"margin": 0, "replan_period": 1}
"""A plan at every tick acts within it."""


@dataclass(frozen=True)
class Configuration:
    """How the stack is deployed.

    Attributes:
        planner, executor: parameters set over the packaged ones; the executor's name the margin.
        core_loaded: whether another process keeps a core busy.
        state_rate_hz: robot states a second; with fewer there is room for more candidates on the same computer.
    """

    planner: Mapping[str, Any]
    executor: Mapping[str, Any]
    core_loaded: bool = False
    state_rate_hz: int = STATE_RATE_HZ

    @property
    def margin(self) -> int:
        """D."""
        return int(self.executor["margin"])


def _ranked(deadline_ms: float) -> dict[str, Any]:
    """As many of a hundred candidates as the deadline allows. The sooner it is, the smaller the seam."""
    return {**RANKED, "sampler.candidates": 100, "sampler.deadline_ms": deadline_ms, "threads": 2}


PAPER = {"commits": False, "margin": 3, "replan_period": 0}
CONFIGURATIONS: Mapping[str, Configuration] = {
    "A: D=0, m=0": Configuration({}, {**PAPER, "margin": 0}),
    "B: D=0, m=7, no refresh": Configuration({"cache.steps": 7, **NEVER_REFRESH}, {**PAPER, "margin": 0}),
    "C: DDIM, 3 steps": Configuration({"sampler.method": "ddim", "sampler.steps": 3}, {**PAPER, "margin": 0}),
    "D: D=3, m=7, no refresh": Configuration({"cache.steps": 7, **NEVER_REFRESH}, PAPER),
    "E: D=3, m=7, refresh": Configuration({"cache.steps": 7}, PAPER),
    "ours: every fourth tick": Configuration({}, EVERY_FOURTH_TICK),
    "ours: every tick": Configuration({}, EVERY_TICK),
    "ours: a core taken": Configuration({}, EVERY_TICK, core_loaded=True),
    "ours: D=0, candidates": Configuration(_ranked(9.0), AT_ONCE),
    "ours: D=0, candidates, 125 robot states a second": Configuration(_ranked(13.0), AT_ONCE, state_rate_hz=125),
    "ours: D=0, candidates, a core taken": Configuration(_ranked(9.0), AT_ONCE, core_loaded=True),
}
"""By name. The paper's planner is slow, so its D=0 waits for plans; ours answers within the tick. A to C ask for a
plan when the one before has run out."""
