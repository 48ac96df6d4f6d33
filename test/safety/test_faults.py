"""Faults map to actions in one table, and the most severe wins."""

from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.safety.faults import ACTIONS, Action, Fault, Finding, most_severe

findings = st.lists(st.builds(Finding, st.sampled_from(Fault), st.text()), min_size=1)


def test_every_fault_has_an_action() -> None:
    assert set(ACTIONS) == set(Fault)


@given(findings)
def test_the_most_severe_wins(seen: list[Finding]) -> None:
    worst = most_severe(seen)
    assert worst in seen
    assert all(worst.action >= finding.action for finding in seen)


def test_nothing_wins_of_nothing() -> None:
    assert most_severe([]) is None


def test_damping_is_more_severe_than_holding() -> None:
    worst = most_severe([Finding(Fault.NO_PLAN, "hold"), Finding(Fault.FALLEN, "damp"), Finding(Fault.NO_PLAN, "hold")])
    assert worst is not None
    assert worst.action is Action.DAMP
