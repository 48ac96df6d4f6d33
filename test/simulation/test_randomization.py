"""Ranges: drawn within, scaled, and switched on one axis at a time."""

from dataclasses import replace

import numpy as np
import pytest

from diffusion_mpc_ros.simulation.randomization import AXES, NOMINAL, RANGES, REAL, TABLE_I


@pytest.mark.parametrize("name", RANGES)
def test_every_parameter_is_drawn_within_its_range(name: str) -> None:
    low, high = getattr(REAL, name)
    values = getattr(REAL.draw(4000, np.random.default_rng(4)), name)
    assert low <= values.min() < low + 0.02 * (high - low)
    assert high - 0.02 * (high - low) < values.max() <= high


def test_the_axes_hold_every_range_once() -> None:
    assert sorted(name for names in AXES.values() for name in names) == sorted(RANGES)
    assert REAL.axes == tuple(AXES)
    assert NOMINAL.axes == ()


@pytest.mark.parametrize("axis", AXES)
def test_one_axis_alone_leaves_all_others_nominal(axis: str) -> None:
    alone = REAL.only(axis)
    assert alone.axes == (axis,)
    assert all(getattr(alone, name) == getattr(REAL, name) for name in AXES[axis])
    assert REAL.without(axis).axes == tuple(name for name in AXES if name != axis)
    assert alone.scaled(0.0) == NOMINAL


def test_the_nominal_share_stays_nominal_in_every_parameter() -> None:
    drawn = replace(REAL, nominal_share=0.4).draw(4000, np.random.default_rng(5))
    nominal = NOMINAL.draw(1, np.random.default_rng(6))
    untouched = drawn.payload == 0.0
    assert untouched.mean() == pytest.approx(0.4, abs=0.03)
    for name, values in vars(drawn).items():
        assert (values[untouched] == getattr(nominal, name)).all()


def test_in_the_mixed_share_each_axis_is_nominal_at_even_odds() -> None:
    drawn = replace(TABLE_I, nominal_share=0.2, mixed_share=0.5).draw(8000, np.random.default_rng(5))
    loaded, displaced = drawn.payload > 0.0, drawn.com_x != 0.0
    assert (~loaded & ~displaced).mean() == pytest.approx(0.2 + 0.5 / 4, abs=0.02)
    assert (loaded & ~displaced).mean() == pytest.approx(0.5 / 4, abs=0.02)
    assert (loaded & displaced).mean() == pytest.approx(0.3 + 0.5 / 4, abs=0.02)
    np.testing.assert_array_equal(displaced, drawn.com_y != 0.0)


def test_replicas_are_drawn_alike() -> None:
    drawn = replace(TABLE_I, replicas=3).draw(8, np.random.default_rng(7))
    for values in (drawn.payload, drawn.motor_strength[:, 0]):
        np.testing.assert_array_equal(values, np.repeat(values[::3], 3)[:8])
        assert len(np.unique(values)) == 3


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_scaled_ranges_lie_between_nominal_and_full(share: float) -> None:
    scaled = REAL.scaled(share)
    assert scaled.payload == pytest.approx((share * 1.0, share * 3.0))
    assert scaled.friction == pytest.approx((1.0 - share * 0.5, 1.0 + share * 0.5))
    assert scaled.roughness == pytest.approx((0.0, share * 0.04))


def test_gravity_on_a_slope() -> None:
    physics = replace(NOMINAL, slope_x=(0.2, 0.2), slope_y=(0.0, 0.0)).draw(1, np.random.default_rng(8))
    np.testing.assert_allclose(physics.down[0], [-np.sin(0.2), 0.0, -np.cos(0.2)])
