"""Styles of walking: what is drawn, and what a demonstrator is shown of it."""

from dataclasses import replace

import numpy as np

from diffusion_mpc_ros.training.style import CLEARANCE, STYLE_WIDTH, Style, StyleConfig

CONFIG = StyleConfig()


def test_styles_are_drawn_within_their_ranges() -> None:
    style = CONFIG.draw(5000, np.random.default_rng(0))
    styled = ~style.plain
    for values, (low, high) in (
        (style.height[~style.folded], CONFIG.normal_height),
        (style.height[style.folded & style.plain], CONFIG.low_height),
        (style.clearance[styled], CONFIG.clearance),
        (style.rear_calf, CONFIG.rear_calf),
        (style.frugality[styled], (0.0, 1.0)),
    ):
        assert low <= values.min() < low + 0.05 * (high - low)
        assert high >= values.max() > high - 0.05 * (high - low)
    assert (style.height[style.folded & styled] == CONFIG.styled_low_height).all()
    assert abs(style.folded.mean() - CONFIG.low_share) < 0.03
    assert abs(style.plain.mean() - CONFIG.plain_share) < 0.03


def test_the_plain_way_has_only_a_height() -> None:
    plain = replace(CONFIG, plain_share=1.0).draw(200, np.random.default_rng(4))
    assert (plain.clearance == CLEARANCE).all()
    assert not plain.frugality.any()
    assert not plain.calves_asked.any()
    assert np.ptp(plain.features(), axis=0)[1:].max() == 0.0
    assert np.ptp(plain.features(), axis=0)[0] > 0.0


def test_without_difficulty_what_is_hard_to_find_is_not_asked_for() -> None:
    style = CONFIG.draw(50, np.random.default_rng(1), difficulty=0.0)
    assert (style.frugality == 0.0).all()
    assert (style.rear_calf == np.mean(CONFIG.rear_calf)).all()
    assert np.ptp(style.clearance) > 0.0


def test_features_are_of_order_one_and_tell_styles_apart() -> None:
    features = CONFIG.draw(500, np.random.default_rng(2)).features()
    assert features.shape == (500, STYLE_WIDTH)
    assert np.abs(features).max() < 1.5
    assert (features.std(axis=0) > 0.15).all()


def test_folded_legs_have_no_calf_angle() -> None:
    bent, straight = (
        Style(np.array([False]), *(np.array([v]) for v in (0.2, 0.08, calf, 0.0))) for calf in (-1.7, -1.1)
    )
    np.testing.assert_array_equal(bent.features(), straight.features())


def test_setting_some_styles_leaves_the_others() -> None:
    style, other = Style.usual(3), replace(CONFIG, plain_share=0.0).draw(1, np.random.default_rng(3))
    style.set(np.array([1]), other)
    usual = Style.usual(3)
    for name in vars(style):
        assert getattr(style, name)[1] == getattr(other, name)[0]
        np.testing.assert_array_equal(getattr(style, name)[[0, 2]], getattr(usual, name)[[0, 2]])
