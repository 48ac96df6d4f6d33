"""Faults and what each one demands: the one place where a fault maps to an action."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from types import MappingProxyType


class Action(IntEnum):
    """What a fault demands, in order of severity: the greater wins."""

    HOLD = 1
    """Stop walking: ramp to the stand pose and stand there."""
    DAMP = 2
    """Give up the pose: damp every joint until an operator re-arms."""


class Fault(Enum):
    """What can go wrong while the motors hold the robot."""

    NO_PLAN = "no plan"
    STATE_CORRUPT = "robot state corrupt"
    STATE_LOST = "robot state lost"
    TILTED = "tilted"
    FALLEN = "fallen"


ACTIONS: Mapping[Fault, Action] = MappingProxyType(
    {
        Fault.NO_PLAN: Action.HOLD,
        Fault.STATE_CORRUPT: Action.DAMP,
        Fault.STATE_LOST: Action.DAMP,
        Fault.TILTED: Action.DAMP,
        Fault.FALLEN: Action.DAMP,
    }
)


@dataclass(frozen=True)
class Finding:
    """A fault seen at one tick, with one line for the operator: what was seen and what to do."""

    fault: Fault
    text: str

    @property
    def action(self) -> Action:
        """What the fault demands."""
        return ACTIONS[self.fault]


def most_severe(findings: Iterable[Finding]) -> Finding | None:
    """The finding whose action wins, the earliest of equals; None of none."""
    return max(findings, key=lambda finding: finding.action, default=None)
