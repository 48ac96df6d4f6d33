"""What a control tick gives to the motors, the planner and the operator."""

from dataclasses import dataclass, field

import numpy as np

from diffusion_mpc_ros.planning.trajectory import NUM_JOINTS
from diffusion_mpc_ros.safety.faults import Finding
from diffusion_mpc_ros.safety.supervisor import Mode


@dataclass(frozen=True, eq=False)
class JointTarget:
    """Set-point of the joint controllers: torque = kp (q - measured q) - kd (measured dq)."""

    q: np.ndarray
    """Joint position targets, (12,), rad."""
    kp: float
    """Proportional gain of every joint, N m/rad."""
    kd: float
    """Derivative gain of every joint, N m s/rad."""


@dataclass(frozen=True, eq=False)
class PlanRequest:
    """Asks the planner for a plan from an observation."""

    epoch: str
    """The walk that asks."""
    tick: int
    """Tick of the observation within the epoch."""
    observation: np.ndarray
    """o_t, (45,) float32, physical units."""
    committed: np.ndarray = field(default_factory=lambda: np.zeros((0, NUM_JOINTS)))
    """Joint targets of this tick and those after it that are executed whatever the plan, (D, 12) rad; D may be 0."""


@dataclass(frozen=True)
class ExecutedPlan:
    """The plan that drives a control tick."""

    epoch: str
    """The walk it belongs to."""
    tick: int
    """The tick driven, within the epoch."""
    start_tick: int
    """Tick of the observation that the plan was made from."""
    margin_left: int
    """Ticks that were left to its takeover when it came; negative if it came later than that."""


@dataclass(frozen=True, eq=False)
class ControlOutput:
    """Outcome of one control tick."""

    mode: Mode
    reason: str
    """Why the mode is what it is: one line for the operator, of the last change."""
    target: JointTarget
    plan_request: PlanRequest | None
    """A plan to request now, if one is due."""
    command: np.ndarray
    """Velocity command in force, (3,), m/s and rad/s."""
    plan: ExecutedPlan | None
    """What drives this tick, if a plan does."""
    findings: tuple[Finding, ...]
    """What is wrong at this tick."""
    late_chunks: int
    """Chunks that came too late for some or all of their ticks, since the controller was made."""
