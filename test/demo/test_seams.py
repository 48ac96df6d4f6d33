import numpy as np
import pytest

from diffusion_mpc_ros.demo.seams import Seams


def ramp(start: int, slope: float = 0.01, offset: float = 0.0) -> np.ndarray:
    """Targets (11, 12) that grow by ``slope`` a tick, in absolute time."""
    return (offset + slope * (start + np.arange(11.0)))[:, None] * np.ones(12)


@pytest.mark.parametrize(("margin", "period"), [(3, 8), (0, 1), (0, 11)])
def test_plans_that_continue_each_other_jump_no_further_than_they_step(margin: int, period: int) -> None:
    seams = Seams(margin)
    for number in range(5):
        seams.add("a", period * number, ramp(period * number))
    assert seams.jumps == pytest.approx([0.01] * 4)
    assert seams.steps == pytest.approx([0.01] * 4)


def test_an_offset_between_plans_is_a_jump() -> None:
    seams = Seams(3)
    seams.add("a", 0, ramp(0))
    seams.add("a", 8, ramp(8, offset=0.2))
    assert seams.jumps == pytest.approx([0.21])
    assert seams.steps == pytest.approx([0.01])


def test_walks_are_not_compared_with_each_other_nor_plans_that_do_not_meet() -> None:
    seams = Seams(3)
    seams.add("a", 0, ramp(0))
    seams.add("b", 8, ramp(8))
    seams.add("b", 40, ramp(40))
    assert seams.jumps == []
