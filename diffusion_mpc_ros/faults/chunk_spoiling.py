"""Ways to spoil the planner's chunks on their way to the executor."""

import copy
import random
from collections import deque
from collections.abc import Iterable
from typing import Any

CALF = 2
"""A joint whose range ends at -0.838 rad."""
WRONG = {"wrong": 9.0, "beyond": -0.7}
"""Targets of that joint, rad: no plan at all, and a plan that errs."""
DELAY_S = 0.1
INTERMITTENT_S = 0.4


class ChunkSpoiler:
    """Spoils a stream of JointTrajectory messages; ``kind`` is the fault, ``none`` for none."""

    def __init__(self, generator: random.Random) -> None:
        self.kind = "none"
        self._generator = generator
        self._kept: Any = None
        self._count = 0
        self._waiting: deque[tuple[float, Any]] = deque()

    def due(self, now_s: float) -> Iterable[Any]:
        """Delayed chunks whose time has come."""
        while self._waiting and self._waiting[0][0] <= now_s:
            yield self._waiting.popleft()[1]

    def spoil(self, message: Any, now_s: float) -> list[Any]:
        """What becomes of a chunk."""
        self._count += 1
        kind = self.kind
        if kind == "off" or (kind == "slow" and self._count % 3):
            return []
        if kind == "intermittent" and now_s % (2 * INTERMITTENT_S) < INTERMITTENT_S:
            return []
        if kind == "stuck":
            self._kept = self._kept or message
            return [self._kept]
        self._kept = None
        if kind == "delayed":
            self._waiting.append((now_s + DELAY_S, message))
            return []
        if kind == "garbage":
            return [self.garbage(message)]
        if kind in WRONG:
            spoilt = copy.deepcopy(message)
            for point in spoilt.points:
                point.positions[CALF] = WRONG[kind]
            return [spoilt]
        return [message]

    def garbage(self, message: Any) -> Any:
        """A chunk with one thing wrong with it that must be noticed."""
        spoilt = copy.deepcopy(message)
        point = self._generator.choice(spoilt.points)
        case = self._generator.randrange(6)
        if case == 0:
            point.positions[self._generator.randrange(12)] = self._generator.choice([float("nan"), float("inf")])
        elif case == 1:
            point.positions = point.positions[:-1]
        elif case == 2:
            spoilt.joint_names = spoilt.joint_names[::-1]
        elif case == 3:
            point.time_from_start.nanosec += 1
        elif case == 4:
            spoilt.header.frame_id = "0" * 8
        else:
            spoilt.points = []
        return spoilt
