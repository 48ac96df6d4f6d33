"""What is read off a run."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.demo.measurement import FALLEN_TILT, Motion, MotionRecord, percentiles
from diffusion_mpc_ros.demo.sequence import MEASURED_S, SEQUENCE, TOLERANCE, Segment


def motion(time: float, v_x: float = 0.0, tilt: float = 0.0) -> Motion:
    return Motion(time=time, velocity=(v_x, 0.0, 0.0), height=0.3, tilt=tilt)


def test_the_mean_covers_its_window_and_nothing_else() -> None:
    record = MotionRecord()
    for step in range(10):
        record.append(motion(float(step), v_x=1.0 if 4 <= step < 7 else 100.0))
    np.testing.assert_allclose(record.mean_velocity(4.0, 7.0), [1.0, 0.0, 0.0])


def test_a_window_without_measurements_is_nan_and_off_by_any_tolerance() -> None:
    mean = MotionRecord().mean_velocity(0.0, 1.0)
    assert np.isnan(mean).all()
    assert Segment("forward", (0.0, 0.0, 0.0), 3.0).deviation(mean) is not None


@pytest.mark.parametrize(("tilt", "fell"), [(FALLEN_TILT - 0.01, False), (FALLEN_TILT + 0.01, True), (math.nan, True)])
def test_a_fall_is_seen_by_the_tilt_and_not_forgotten(tilt: float, fell: bool) -> None:
    record = MotionRecord()
    record.append(motion(0.0, tilt=tilt))
    record.append(motion(1.0))
    assert record.fell is fell


@given(st.lists(st.floats(0.0, 1e4), min_size=1))
def test_percentiles_are_ordered_and_within_the_data(latencies: list[float]) -> None:
    result = percentiles(latencies)
    p50, p99, largest = result["p50"], result["p99"], result["max"]
    assert p50 is not None
    assert p99 is not None
    assert largest == max(latencies)
    assert min(latencies) <= p50 <= p99 <= largest


def test_percentiles_of_nothing_are_unknown() -> None:
    assert percentiles([]) == {"p50": None, "p99": None, "max": None}


@given(st.sampled_from(range(3)), st.floats(-2.0, 2.0))
def test_a_segment_is_off_exactly_beyond_the_tolerance(component: int, error: float) -> None:
    segment = SEQUENCE[1]
    measured = np.array(segment.command)
    measured[component] += error
    off = abs(measured[component] - segment.command[component]) > TOLERANCE[component]
    assert (segment.deviation(measured) is not None) == off


def test_every_segment_of_the_sequence_is_measured_over_its_last_two_seconds() -> None:
    for segment in SEQUENCE:
        assert segment.duration - segment.measured_from == pytest.approx(MEASURED_S)
