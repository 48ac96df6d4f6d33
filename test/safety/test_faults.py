"""Faults map to actions in one table, and the most severe wins."""

from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.safety.faults import (
    DOORS,
    RULES,
    Action,
    Fault,
    Finding,
    arming_obstacle,
    demanded,
    most_severe,
)

findings = st.lists(st.builds(Finding, st.sampled_from(Fault), st.text()), min_size=1)


def test_every_fault_has_a_rule() -> None:
    assert set(RULES) == set(Fault)


def test_the_table_has_every_row_of_its_design() -> None:
    assert {rule.row for rule in (*RULES.values(), *DOORS)} == set(range(1, 25))


@given(findings)
def test_the_most_severe_wins(seen: list[Finding]) -> None:
    worst = most_severe(seen)
    assert worst in seen
    assert all(worst.action >= finding.action for finding in seen)


def test_nothing_wins_of_nothing() -> None:
    assert most_severe([]) is None
    assert arming_obstacle([]) is None


def test_severity() -> None:
    assert sorted(Action) == [Action.WARN, Action.HOLD, Action.SETTLE, Action.DAMP]


@given(st.sampled_from(Fault), st.booleans())
def test_whoever_cannot_hold_a_pose_is_damped(fault: Fault, can_hold: bool) -> None:
    action = demanded(Finding(fault, ""), can_hold)
    if can_hold or RULES[fault].action is Action.WARN:
        assert action is RULES[fault].action
    else:
        assert action is Action.DAMP


def test_a_full_disk_alone_lets_the_robot_be_armed() -> None:
    free = [fault for fault in Fault if arming_obstacle([Finding(fault, "")]) is None]
    assert free == [Fault.DISK_FULL]
