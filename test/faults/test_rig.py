"""The rig with a trial of several kinds: real processes, real DDS, and the oracle content."""

import random
import signal
from pathlib import Path

import pytest

from diffusion_mpc_ros.faults import (
    faulty_executor,
    trials_computer,
    trials_parameters,
    trials_processes,
    trials_walking,
    trials_wire,
)
from diffusion_mpc_ros.faults.rig import Rig

# A busy machine may hold up everything; what is tested here is not how fast it is.
PATIENT = {
    "late_state_age_s": "1.0",
    "max_state_age_s": "1.0",
    "guardian_age_s": "1.0",
    "max_missed_ticks": "50",
    "grace_ticks": "20",
    "first_plan_ticks": "500",
    "max_age_ticks": "50",
    "hang_s": "2.0",
}


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    for name in ("ROS_DOMAIN_ID", "ROS_LOG_DIR", "RMW_IMPLEMENTATION", "ROS_AUTOMATIC_DISCOVERY_RANGE"):
        monkeypatch.setenv(name, "")  # the rig sets them for this process; put back what was there
    return Rig(tmp_path, settings=PATIENT, relayed=True, silence_ms=1000.0, executor=faulty_executor.__name__)


def test_faults_lead_where_the_table_says(rig: Rig) -> None:
    generator = random.Random(1)
    with rig:
        trials_walking.chunks_are_spoilt(rig, "garbage", 1, generator)
        trials_parameters.call_is_wrong(rig, 1)
        trials_parameters.limits_are_tightened(rig, 1)
        trials_computer.clock_is_wrong(rig, 1)
        trials_computer.loop_is_at_fault(rig, faulty_executor.RAISES, 1, generator)
        trials_wire.stop_is_pressed(rig, 2, generator)
        trials_wire.stop_is_called(rig, 1, generator)
        trials_wire.state_is_spoilt(rig, "stuck", 1, generator)
        trials_wire.somebody_else(rig, "write", 1)
        trials_processes.executor_ends(rig, signal.SIGSTOP, "hold", 1)
        trials_processes.guardian_ends(rig, signal.SIGKILL, 1)
        trials_wire.somebody_else(rig, "sport", 1)
        unsafe = [line for line in rig.oracle.unsafe() if "gap" not in line]
        frames = rig.oracle.counts()["frames"]
    rows = [outcome.row() for outcome in rig.outcomes]
    assert [row["failures"] for row in rows] == [[]] * 12
    assert [row["trials"] for row in rows] == [1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1]
    assert unsafe == []
    assert frames["guardian"] > 0
    assert sum(frames.values()) > 1000
