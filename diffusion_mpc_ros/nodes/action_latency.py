"""How long it takes from an observation to the first action of the plan that was made from it."""

from diffusion_mpc_ros.nodes.diagnostics import LatencyWindow

REMEMBERED = 100
"""Requests without an action that are kept: those of two seconds at one a tick."""


class ActionLatency:
    """Knows when plans were asked for and when their first actions were sent, by a monotonic clock in s.

    Plans are named by (epoch, tick of their observation).
    """

    def __init__(self) -> None:
        self.window = LatencyWindow()
        self._asked: dict[tuple[str, int], float] = {}
        self._taken: dict[tuple[str, int], float] = {}

    def asked(self, plan: tuple[str, int], now_s: float) -> None:
        """A plan was asked for from an observation of ``now_s``."""
        self._asked[plan] = now_s
        for known in (self._asked, self._taken):
            while len(known) > REMEMBERED:
                del known[next(iter(known))]

    def acted(self, plan: tuple[str, int], now_s: float) -> None:
        """An action of a plan was sent; only the first counts."""
        asked_s = self._asked.pop(plan, None)
        if asked_s is not None:
            self._taken[plan] = now_s - asked_s
            self.window.add(self._taken[plan])

    def of(self, plan: tuple[str, int]) -> float:
        """From a plan's observation to its first action, s; NaN if it has none or is long past."""
        return self._taken.get(plan, float("nan"))
