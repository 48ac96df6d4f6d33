import time

from diffusion_mpc_ros.robot.metronome import Metronome


def test_missed_beats_are_skipped_and_counted() -> None:
    beat = Metronome(period_ns=1_000_000)

    time.sleep(0.02)
    missed = beat.wait()

    assert missed >= 18
    assert beat.skipped == missed


def test_beats_are_never_early() -> None:
    period_ns = 1_000_000
    beat = Metronome(period_ns)
    start_ns = time.monotonic_ns()

    for _ in range(20):
        beat.wait()

    # A little slack for the time between the two readings of the clock.
    assert time.monotonic_ns() - start_ns > 20 * period_ns - 500_000
