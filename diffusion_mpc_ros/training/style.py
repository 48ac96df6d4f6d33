"""How a demonstration is walked: what the demonstrator is told beside the command, and the planner never sees.

One demonstrator told one way to walk leaves the planner nothing to choose from. Told many, its data holds them all, and
reward planning finds the one that an objective asks for.
"""

from dataclasses import dataclass

import numpy as np

LOW_HEIGHT = 0.18
"""Trunk height of the low gait, m."""
STYLE_WIDTH = 4
"""Numbers that tell a style."""


@dataclass(frozen=True, eq=False)
class Style:
    """Of N robots.

    Attributes:
        height: (N,) of the trunk, m.
        clearance: (N,) of the foot centres in mid-swing, m.
        rear_calf: (N,) mean angle of the two rear calves, rad; of no meaning in the low gait, whose legs are folded.
        frugality: (N,) from 0 (as it comes) to 1 (joints move as little as they can).
    """

    height: np.ndarray
    clearance: np.ndarray
    rear_calf: np.ndarray
    frugality: np.ndarray

    @classmethod
    def average(cls, num: int) -> "Style":
        """The middle of all styles of ordinary height."""
        return cls(*(np.full(num, value) for value in (0.28, 0.08, -1.4, 0.3)))

    @property
    def low(self) -> np.ndarray:
        """Which (N,) walk low."""
        return self.height == LOW_HEIGHT

    def features(self) -> np.ndarray:
        """(N, 4) numbers of order one."""
        return np.stack(
            [
                10.0 * (self.height - 0.25),
                20.0 * (self.clearance - 0.08),
                2.5 * (self.rear_calf + 1.4) * ~self.low,
                self.frugality - 0.5,
            ],
            axis=1,
        )

    def set(self, ids: np.ndarray, other: "Style") -> None:
        """Replace the styles of ``ids`` by those of ``other``."""
        for name, values in vars(self).items():
            values[ids] = getattr(other, name)


@dataclass(frozen=True)
class StyleConfig:
    """Ranges that styles are drawn from."""

    normal_height: tuple[float, float] = (0.25, 0.30)
    low_share: float = 0.2
    """Share walked at LOW_HEIGHT."""
    clearance: tuple[float, float] = (0.05, 0.11)
    rear_calf: tuple[float, float] = (-1.75, -1.05)

    def draw(self, num: int, rng: np.random.Generator, difficulty: float = 1.0) -> Style:
        """Styles of ``num`` robots, those that make walking harder to find at ``difficulty`` (0 to 1) of their range."""
        height = rng.uniform(*self.normal_height, size=num)
        height[rng.random(num) < self.low_share] = LOW_HEIGHT
        rear_calf = rng.uniform(*self.rear_calf, size=num)
        middle = np.mean(self.rear_calf)
        return Style(
            height=height,
            clearance=rng.uniform(*self.clearance, size=num),
            rear_calf=middle + difficulty * (rear_calf - middle),
            frugality=difficulty * rng.random(num),
        )
