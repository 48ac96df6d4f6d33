"""A planner that sends rubbish is noticed, one that errs now and then is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.robot import spec
from diffusion_mpc_ros.safety.faults import Fault
from diffusion_mpc_ros.safety.plan_monitor import PlanMonitor
from diffusion_mpc_ros.safety.safety_config import SafetyConfig


@pytest.fixture
def monitor() -> PlanMonitor:
    return PlanMonitor(SafetyConfig(), spec.JOINT_LOWER, spec.JOINT_UPPER)


def faults(monitor: PlanMonitor) -> list[Fault]:
    return [finding.fault for finding in monitor.check()]


@given(st.lists(st.booleans()))
def test_three_refused_in_a_row_are_a_fault(chunks: list[bool]) -> None:
    monitor = PlanMonitor(SafetyConfig(), spec.JOINT_LOWER, spec.JOINT_UPPER)
    for good in chunks:
        (monitor.accepted if good else monitor.rejected)()
    refused_last = len(chunks) >= 3 and not any(chunks[-3:])
    assert faults(monitor) == ([Fault.CHUNKS_REJECTED] if refused_last else [])


@pytest.mark.parametrize("joint", range(12))
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_more_than_ten_targets_out_of_range_in_a_second_are_a_fault(
    monitor: PlanMonitor, joint: int, side: float
) -> None:
    beyond = (spec.JOINT_LOWER if side < 0 else spec.JOINT_UPPER).copy()
    within = beyond.copy()
    beyond[joint] += side * 0.01
    for tick in range(200):
        monitor.planned(within if tick % 5 else beyond)  # ten a second
        assert faults(monitor) == []
    monitor.planned(beyond)
    monitor.planned(beyond)
    assert faults(monitor) == [Fault.TARGETS_OUT_OF_RANGE]
    for _ in range(50):
        monitor.planned(within)
    assert faults(monitor) == []


@given(st.lists(st.floats(0.0, 1.0), min_size=12, max_size=12))
def test_targets_within_the_range_never_count(shares: list[float]) -> None:
    monitor = PlanMonitor(SafetyConfig(), spec.JOINT_LOWER, spec.JOINT_UPPER)
    target = spec.JOINT_LOWER + np.array(shares) * (spec.JOINT_UPPER - spec.JOINT_LOWER)
    for _ in range(60):
        monitor.planned(target)
    assert faults(monitor) == []


@pytest.mark.parametrize("joint", range(12))
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_one_target_far_out_of_range_makes_a_plan_wild(monitor: PlanMonitor, joint: int, side: float) -> None:
    targets = np.tile(spec.JOINT_LOWER if side < 0 else spec.JOINT_UPPER, (8, 1))
    targets[5, joint] += side * 0.29
    assert not monitor.is_wild(targets)
    targets[5, joint] += side * 0.02
    assert monitor.is_wild(targets)
