"""The guardian's decision under fake time."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from diffusion_mpc_ros.safety.guardianship import Duty, Guardianship

SILENCE_S = 0.05


@pytest.fixture
def covering() -> Guardianship:
    guardianship = Guardianship(SILENCE_S)
    assert guardianship.arm(10.0, stop_held=False)
    return guardianship


def test_nobody_is_missed_who_never_armed() -> None:
    assert Guardianship(SILENCE_S).check(1e9) is Duty.IDLE


def test_silence_is_forgiven_up_to_its_limit(covering: Guardianship) -> None:
    assert covering.check(9.999 + SILENCE_S) is Duty.COVERING
    assert covering.check(10.001 + SILENCE_S) is Duty.DAMPING
    assert covering.reason == "the executor was silent for 51 ms"


def test_a_beat_after_the_takeover_changes_nothing(covering: Guardianship) -> None:
    covering.check(11.0)
    covering.beat(11.0)
    assert covering.check(11.0) is Duty.DAMPING
    covering.release()
    assert covering.check(11.0) is Duty.DAMPING


def test_only_one_executor_has_the_right(covering: Guardianship) -> None:
    assert not covering.arm(10.0, stop_held=False)


def test_nobody_gets_it_while_the_stop_is_held() -> None:
    assert not Guardianship(SILENCE_S).arm(0.0, stop_held=True)


class GuardianshipMachine(RuleBasedStateMachine):
    """Whatever happens in whatever order, against a model of three facts: armed, heard when, damping."""

    def __init__(self) -> None:
        super().__init__()
        self.guardianship = Guardianship(SILENCE_S)
        self.now = 0.0
        self.expected = Duty.IDLE
        self.heard = 0.0

    @rule(elapsed=st.sampled_from([0.001, 0.01, 0.049, 0.051, 1.0]))
    def time_passes(self, elapsed: float) -> None:
        self.now += elapsed
        if self.expected is Duty.COVERING and self.now - self.heard > SILENCE_S:
            self.expected = Duty.DAMPING
        self.guardianship.check(self.now)

    @rule(stop_held=st.booleans())
    def arms(self, stop_held: bool) -> None:
        granted = self.guardianship.arm(self.now, stop_held)
        assert granted == (self.expected is not Duty.COVERING and not stop_held)
        if granted:
            self.expected, self.heard = Duty.COVERING, self.now

    @rule()
    def beats(self) -> None:
        self.guardianship.beat(self.now)
        self.heard = self.now

    @rule()
    def releases(self) -> None:
        self.guardianship.release()
        self.expected = Duty.IDLE if self.expected is Duty.COVERING else self.expected

    @rule(loses=st.booleans())
    def something_bad_happens(self, loses: bool) -> None:
        (self.guardianship.lost if loses else self.guardianship.stop)()
        self.expected = Duty.DAMPING if self.expected is Duty.COVERING else self.expected

    @invariant()
    def the_duty_is_as_expected(self) -> None:
        assert self.guardianship.check(self.now) is self.expected
        assert self.guardianship.reason


TestGuardianshipMachine = GuardianshipMachine.TestCase
