"""The mode table, written out whole: every pair that is not listed is refused and changes nothing."""

import itertools

import pytest

from diffusion_mpc_ros.safety.supervisor import Event, Mode, Request, transition

ACCEPTED: dict[tuple[Mode, Request | Event], Mode] = {
    (Mode.PASSIVE, Request.STAND): Mode.RISING,
    (Mode.PASSIVE, Request.DAMP): Mode.DAMPING,
    (Mode.RISING, Request.SIT): Mode.SITTING,
    (Mode.RISING, Request.DAMP): Mode.DAMPING,
    (Mode.RISING, Event.RISEN): Mode.STANDING,
    (Mode.RISING, Event.FAULT): Mode.DAMPING,
    (Mode.STANDING, Request.WALK): Mode.WALKING,
    (Mode.STANDING, Request.SIT): Mode.SITTING,
    (Mode.STANDING, Request.DAMP): Mode.DAMPING,
    (Mode.STANDING, Event.FAULT): Mode.DAMPING,
    (Mode.WALKING, Request.STAND): Mode.STANDING,
    (Mode.WALKING, Request.SIT): Mode.SITTING,
    (Mode.WALKING, Request.DAMP): Mode.DAMPING,
    (Mode.WALKING, Event.HOLD): Mode.STANDING,
    (Mode.WALKING, Event.FAULT): Mode.DAMPING,
    (Mode.SITTING, Request.DAMP): Mode.DAMPING,
    (Mode.SITTING, Event.SEATED): Mode.PASSIVE,
    (Mode.SITTING, Event.FAULT): Mode.DAMPING,
    (Mode.RISING, Event.SETTLE): Mode.SETTLING,
    (Mode.STANDING, Event.SETTLE): Mode.SETTLING,
    (Mode.WALKING, Event.SETTLE): Mode.SETTLING,
    (Mode.SETTLING, Request.DAMP): Mode.DAMPING,
    (Mode.SETTLING, Event.SEATED): Mode.DAMPING,
    (Mode.SETTLING, Event.FAULT): Mode.DAMPING,
    (Mode.DAMPING, Request.STAND): Mode.RISING,
    (Mode.DAMPING, Request.DAMP): Mode.DAMPING,
}


@pytest.mark.parametrize(("mode", "event"), list(itertools.product(Mode, [*Request, *Event])))
def test_every_pair(mode: Mode, event: Request | Event) -> None:
    answer = transition(mode, event)
    assert answer.accepted == ((mode, event) in ACCEPTED)
    assert answer.mode is ACCEPTED.get((mode, event), mode)
    assert answer.reason


@pytest.mark.parametrize(("mode", "request_"), list(itertools.product(Mode, Request)))
def test_a_refused_operator_is_told_what_to_do(mode: Mode, request_: Request) -> None:
    answer = transition(mode, request_)
    if not answer.accepted:
        assert answer.reason.startswith(f"{request_.value} refused while {mode.value}: ")
        assert not answer.reason.endswith("does not apply")


def test_damping_is_left_only_by_an_operator() -> None:
    assert all(transition(Mode.DAMPING, event).mode is Mode.DAMPING for event in Event)


def test_only_passive_and_damping_hold_no_pose() -> None:
    assert {mode for mode in Mode if not mode.holds_pose} == {Mode.PASSIVE, Mode.DAMPING}
