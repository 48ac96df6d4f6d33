"""Loss and falls are seen when the table says, no sooner and no later."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diffusion_mpc_ros.robot.spec import VELOCITY_LIMIT
from diffusion_mpc_ros.safety.faults import Fault
from diffusion_mpc_ros.safety.measurement import Measurement
from diffusion_mpc_ros.safety.safety_config import SafetyConfig
from diffusion_mpc_ros.safety.state_monitor import StateMonitor


@pytest.fixture
def monitor() -> StateMonitor:
    return StateMonitor(SafetyConfig(), VELOCITY_LIMIT)


def tilted(degrees: float, age_s: float = 0.0) -> Measurement:
    angle = np.deg2rad(degrees)
    gravity = np.array([np.sin(angle), 0.0, -np.cos(angle)])
    return Measurement(q=np.zeros(12), dq=np.zeros(12), gravity=gravity, angular_velocity=np.zeros(3), age_s=age_s)


def faults(monitor: StateMonitor, measurement: Measurement) -> list[Fault]:
    return [finding.fault for finding in monitor.check(measurement)]


def test_a_healthy_state_passes(monitor: StateMonitor) -> None:
    assert all(faults(monitor, tilted(angle, age_s=0.04)) == [] for angle in range(60))


@pytest.mark.parametrize("age_s", [0.0401, 0.05])
def test_a_state_is_late_before_it_is_lost(monitor: StateMonitor, age_s: float) -> None:
    assert faults(monitor, tilted(0.0, age_s)) == [Fault.STATE_LATE]


@pytest.mark.parametrize("joint", range(12))
def test_a_joint_that_races_is_seen_in_two_ticks(monitor: StateMonitor, joint: int) -> None:
    dq = np.zeros(12)
    dq[joint] = -1.51 * VELOCITY_LIMIT[joint]
    racing = replace(tilted(0.0), dq=dq)
    assert [faults(monitor, racing) for _ in range(3)] == [[], [Fault.OVERSPEED], [Fault.OVERSPEED]]
    assert faults(monitor, tilted(0.0)) == []
    assert faults(monitor, racing) == []


def test_a_pose_is_held_only_in_a_known_state_and_upright(monitor: StateMonitor) -> None:
    assert monitor.can_hold(tilted(60.0, age_s=0.05))
    assert not monitor.can_hold(tilted(60.1))
    assert not monitor.can_hold(tilted(0.0, age_s=0.0501))
    assert not monitor.can_hold(replace(tilted(0.0), dq=np.full(12, np.nan)))


@pytest.mark.parametrize("age_s", [0.0501, 1.0, np.inf, np.nan])
def test_an_old_state_is_lost(monitor: StateMonitor, age_s: float) -> None:
    assert faults(monitor, tilted(0.0, age_s)) == [Fault.STATE_LOST]


def test_tilt_must_last(monitor: StateMonitor) -> None:
    assert [faults(monitor, tilted(61.0)) for _ in range(6)] == [[]] * 4 + [[Fault.TILTED]] * 2


def test_a_moment_upright_starts_the_count_anew(monitor: StateMonitor) -> None:
    for angle in (61.0, 61.0, 61.0, 61.0, 59.0, 61.0):
        assert faults(monitor, tilted(angle)) == []


@pytest.mark.parametrize("angle", [81.0, 120.0, 180.0])
def test_a_fall_is_seen_at_once(monitor: StateMonitor, angle: float) -> None:
    assert faults(monitor, tilted(angle)) == [Fault.FALLEN]


@pytest.mark.parametrize("field", ["q", "dq", "gravity", "angular_velocity"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_corrupt(monitor: StateMonitor, field: str, value: float) -> None:
    values = np.array(getattr(tilted(0.0), field))
    values[1] = value
    changed: dict[str, Any] = {field: values}
    assert faults(monitor, replace(tilted(0.0), **changed)) == [Fault.STATE_CORRUPT]


def test_findings_say_what_was_seen(monitor: StateMonitor) -> None:
    old, fallen = monitor.check(tilted(100.0, age_s=0.2))
    assert "no new robot state for 200 ms (limit 50 ms)" in old.text
    assert "tilt of 100 degrees" in fallen.text
