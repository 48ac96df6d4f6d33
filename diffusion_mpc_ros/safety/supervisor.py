"""The modes of the robot and the pure function that moves between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Mode(Enum):
    """What the motors are doing."""

    PASSIVE = "passive"
    """No torque at all."""
    RISING = "rising"
    """Moving to the stand pose."""
    STANDING = "standing"
    """Holding the stand pose, or settling into it."""
    WALKING = "walking"
    """Executing plans."""
    SITTING = "sitting"
    """Moving to the lie pose, then letting go."""
    SETTLING = "settling"
    """Moving to the lie pose because of a fault, then damping."""
    DAMPING = "damping"
    """Braking every joint, latched until the operator stands the robot up again."""

    @property
    def holds_pose(self) -> bool:
        """Whether the motors track a joint position (and faults therefore matter)."""
        return self not in (Mode.PASSIVE, Mode.DAMPING)


class Request(Enum):
    """What an operator may ask for."""

    STAND = "stand"
    WALK = "walk"
    SIT = "sit"
    DAMP = "damp"


class Event(Enum):
    """What happens without being asked for."""

    RISEN = "risen"
    """The stand-up motion has ended."""
    SEATED = "seated"
    """The sit-down motion has ended."""
    HOLD = "hold"
    """A fault demands to stop walking."""
    SETTLE = "settle"
    """A fault demands to lie down."""
    FAULT = "fault"
    """A fault demands to damp."""


@dataclass(frozen=True)
class Transition:
    """Answer to a request or an event: the mode that follows, and why it was refused if it was."""

    mode: Mode
    accepted: bool
    reason: str


_NEXT: Mapping[tuple[Mode, Request | Event], Mode] = MappingProxyType(
    {
        (Mode.PASSIVE, Request.STAND): Mode.RISING,
        (Mode.DAMPING, Request.STAND): Mode.RISING,
        (Mode.RISING, Event.RISEN): Mode.STANDING,
        (Mode.STANDING, Request.WALK): Mode.WALKING,
        (Mode.WALKING, Request.STAND): Mode.STANDING,
        (Mode.WALKING, Event.HOLD): Mode.STANDING,
        (Mode.RISING, Request.SIT): Mode.SITTING,
        (Mode.STANDING, Request.SIT): Mode.SITTING,
        (Mode.WALKING, Request.SIT): Mode.SITTING,
        (Mode.SITTING, Event.SEATED): Mode.PASSIVE,
        # A robot that sits down already goes on: it is on the ground as soon.
        **{(mode, Event.SETTLE): Mode.SETTLING for mode in (Mode.RISING, Mode.STANDING, Mode.WALKING)},
        (Mode.SETTLING, Event.SEATED): Mode.DAMPING,
        # An emergency stop is never refused, not even a repeated one.
        **{(mode, Request.DAMP): Mode.DAMPING for mode in Mode},
        **{(mode, Event.FAULT): Mode.DAMPING for mode in Mode if mode.holds_pose},
    }
)

_ADVICE: Mapping[tuple[Mode, Request | Event], str] = MappingProxyType(
    {
        (Mode.RISING, Request.STAND): "it is on its way up",
        (Mode.STANDING, Request.STAND): "it stands already",
        (Mode.SITTING, Request.STAND): "wait until it is passive, then stand",
        (Mode.SETTLING, Request.STAND): "wait until it lies, then stand",
        (Mode.PASSIVE, Request.WALK): "stand first",
        (Mode.DAMPING, Request.WALK): "stand first",
        (Mode.SITTING, Request.WALK): "wait until it is passive, then stand",
        (Mode.SETTLING, Request.WALK): "wait until it lies, then stand",
        (Mode.RISING, Request.WALK): "wait until it stands",
        (Mode.WALKING, Request.WALK): "it walks already",
        (Mode.PASSIVE, Request.SIT): "the motors are off already",
        (Mode.DAMPING, Request.SIT): "the motors have let go already",
        (Mode.SITTING, Request.SIT): "it is on its way down",
        (Mode.SETTLING, Request.SIT): "it is on its way down",
    }
)


def transition(mode: Mode, event: Request | Event) -> Transition:
    """The mode that follows ``event`` in ``mode``; a refusal keeps the mode and says what to do instead."""
    following = _NEXT.get((mode, event))
    if following is not None:
        return Transition(following, True, f"{event.value} requested" if isinstance(event, Request) else event.value)
    advice = _ADVICE.get((mode, event), "it does not apply")
    return Transition(mode, False, f"{event.value} refused while {mode.value}: {advice}")
