"""The monitors together, and their verdict."""

from dataclasses import replace

import numpy as np
import pytest

from diffusion_mpc_ros.robot import spec
from diffusion_mpc_ros.safety.conditions import SOUND
from diffusion_mpc_ros.safety.faults import Action, Fault, Finding
from diffusion_mpc_ros.safety.measurement import Measurement
from diffusion_mpc_ros.safety.safety_config import SafetyConfig
from diffusion_mpc_ros.safety.sentinel import Sentinel

LEVEL = Measurement(spec.STAND_POSE, np.zeros(12), np.array([0.0, 0.0, -1.0]), np.zeros(3), age_s=0.0)
ON_ITS_SIDE = replace(LEVEL, gravity=np.array([0.0, 1.0, 0.0]))


@pytest.fixture
def sentinel() -> Sentinel:
    return Sentinel(SafetyConfig(), spec.VELOCITY_LIMIT, spec.JOINT_LOWER, spec.JOINT_UPPER)


def faults(sentinel: Sentinel, now_s: float = 0.0, missed_ticks: int = 0) -> list[Fault]:
    return [finding.fault for finding in sentinel.check(LEVEL, SOUND, now_s, missed_ticks)]


def test_more_than_three_ticks_missed_in_a_row_are_an_overrun(sentinel: Sentinel) -> None:
    assert faults(sentinel, missed_ticks=3) == []
    assert faults(sentinel, missed_ticks=4) == [Fault.OVERRUN]
    assert faults(sentinel) == []


def test_a_robot_held_by_a_fault_does_not_stand_for_ever(sentinel: Sentinel) -> None:
    sentinel.held(100.0)
    assert faults(sentinel, 130.0) == []
    assert faults(sentinel, 130.1) == [Fault.UNATTENDED]
    sentinel.moved_on()
    assert faults(sentinel, 1000.0) == []


def test_monitors_are_asked_all(sentinel: Sentinel) -> None:
    findings = sentinel.check(ON_ITS_SIDE, replace(SOUND, deposed=True), 0.0, 9)
    assert {finding.fault for finding in findings} == {Fault.FALLEN, Fault.DEPOSED, Fault.OVERRUN}


def test_the_verdict(sentinel: Sentinel) -> None:
    hold, settle = Finding(Fault.NO_PLAN, "no plan"), Finding(Fault.GUARDIAN_LOST, "no guardian")
    assert sentinel.verdict([], LEVEL) is None
    assert sentinel.verdict([hold, settle], LEVEL) == (Action.SETTLE, "no guardian")
    assert sentinel.verdict([hold], LEVEL) == (Action.HOLD, "no plan")
    assert sentinel.verdict([hold], ON_ITS_SIDE) == (Action.DAMP, "no plan; no pose can be held in this state")


def test_a_new_walk_is_not_blamed_for_the_last(sentinel: Sentinel) -> None:
    for _ in range(3):
        sentinel.plans.rejected()
    assert sentinel.plans.check()
    sentinel.walk_begins()
    assert not sentinel.plans.check()
