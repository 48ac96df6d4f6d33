from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.constraints.polyhedron import inner_point, nearest

SEEDS = st.integers(0, 2**32 - 1)


def unit_rows(rng: np.random.Generator, rows: int, width: int) -> np.ndarray:
    a = rng.normal(size=(rows, width))
    return np.asarray(a / np.linalg.norm(a, axis=1, keepdims=True))


@pytest.mark.parametrize(
    ("point", "a", "b", "expected"),
    [
        ([3.0, 1.0], [[0.5**0.5, 0.5**0.5]], [0.0], [1.0, -1.0]),
        ([3.0, 1.0], np.eye(2), [2.0, -1.0], [2.0, -1.0]),
        ([-3.0, -4.0], np.eye(2), [0.0, 0.0], [-3.0, -4.0]),
    ],
    ids=["half-space", "corner", "inside"],
)
def test_nearest_by_hand(point: list[float], a: Any, b: list[float], expected: list[float]) -> None:
    found = nearest(np.array(point), np.array(a), np.array(b)).point
    assert found is not None
    np.testing.assert_allclose(found, expected, atol=1e-12)


@given(SEEDS, st.integers(1, 8), st.integers(1, 20), st.floats(0.0, 1e3))
def test_nearest_is_a_projection(seed: int, width: int, count: int, far: float) -> None:
    """x is the projection of p onto a convex set exactly if x is in it and (p - x) . (y - x) <= 0 for all y in it."""
    rng = np.random.default_rng(seed)
    a, witness = unit_rows(rng, count, width), rng.normal(size=width)
    b = a @ witness + rng.exponential(1.0, count)
    p = far * rng.normal(size=width)
    x = nearest(p, a, b).point
    assert x is not None
    scale = 1.0 + np.abs(p).max()
    assert np.all(a @ x <= b + 1e-9 * scale)
    inside = [witness]
    for _ in range(20):
        toward = rng.normal(size=width)
        slope = a @ toward
        inside.append(
            witness + toward * min(np.min((b - a @ witness)[slope > 0.0] / slope[slope > 0.0], initial=1.0), 1.0)
        )
    for y in inside:
        assert (p - x) @ (y - x) <= 1e-7 * scale**2


@given(SEEDS, st.integers(1, 8), st.floats(1e-3, 10.0))
def test_rows_in_contradiction_are_told(seed: int, width: int, gap: float) -> None:
    rng = np.random.default_rng(seed)
    a = unit_rows(rng, 1, width)
    rows, b = np.vstack([a, -a, unit_rows(rng, 3, width)]), np.array([0.0, -gap, 100.0, 100.0, 100.0])
    found = nearest(rng.normal(size=width), rows, b)
    assert found.point is None
    assert {0, 1} <= set(found.active.tolist())


@pytest.mark.parametrize(("gap", "room"), [(2.0, 0.3), (0.1, 0.03), (1e-3, 3e-4)])
def test_a_point_inside_keeps_off_the_rows(gap: float, room: float) -> None:
    rows = np.array([[1.0, 0.0], [-1.0, 0.0]])
    found = inner_point(rows, np.array([gap, 0.0]), np.array([-5.0, 1.0]), np.array([5.0, 1.0]))
    assert found.point is not None
    assert np.all(rows @ found.point <= np.array([gap, 0.0]) - room * 0.999)
    assert found.point[1] == 1.0


def test_no_point_inside_where_rows_meet() -> None:
    rows = np.array([[1.0], [-1.0]])
    assert inner_point(rows, np.array([1e-6, 0.0]), np.array([-5.0]), np.array([5.0])).point is None
