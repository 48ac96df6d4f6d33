"""What the robot's own clock says of the order of its messages."""

import pytest

from diffusion_mpc_ros.safety.freshness import Freshness, Order


@pytest.mark.parametrize(
    ("ticks", "orders"),
    [
        ([0, 2, 4], [Order.NEW] * 3),
        ([5, 5, 7, 7], [Order.NEW, Order.STUCK, Order.NEW, Order.STUCK]),
        ([10, 8, 12], [Order.NEW, Order.REORDERED, Order.NEW]),
        ([2000, 1001, 1000, 1002], [Order.NEW, Order.REORDERED, Order.NEW, Order.NEW]),
        ([90_000, 2, 4], [Order.NEW, Order.NEW, Order.NEW]),
    ],
)
def test_order(ticks: list[int], orders: list[Order]) -> None:
    freshness = Freshness()
    assert [freshness.judge(tick) for tick in ticks] == orders
