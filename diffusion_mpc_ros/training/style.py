"""How a demonstration is walked: what a demonstrator is told beside the command, and the planner never sees.

One demonstrator told one way to walk leaves the planner nothing to choose from. Told many, its data holds them all, and
reward planning finds the one that an objective asks for. The plain way, in which only the height is given, is left to
be as fit for rough physics as it can.
"""

from dataclasses import dataclass

import numpy as np

STYLE_WIDTH = 4
"""Numbers that tell a style."""
USUAL_HEIGHT = 0.28
"""Of the trunk, m, where none is asked for."""
CLEARANCE = 0.08
"""Height of a foot's centre in mid-swing of the plain way, m."""


@dataclass(frozen=True, eq=False)
class Style:
    """Of N robots.

    Attributes:
        plain: (N,) which walk as they like, but for the height.
        height: (N,) of the trunk, m.
        clearance: (N,) of the foot centres in mid-swing, m.
        rear_calf: (N,) mean angle of the two rear calves, rad; of no meaning where ``folded`` or ``plain``.
        frugality: (N,) from 0 (as it comes) to 1 (joints move as little as they can).
    """

    plain: np.ndarray
    height: np.ndarray
    clearance: np.ndarray
    rear_calf: np.ndarray
    frugality: np.ndarray

    @classmethod
    def usual(cls, num: int, height: float | np.ndarray = USUAL_HEIGHT) -> "Style":
        """The plain way, at ordinary height or another one."""
        values = (np.array(np.broadcast_to(value, num), float) for value in (height, CLEARANCE, -1.4, 0.0))
        return cls(np.ones(num, dtype=bool), *values)

    @property
    def folded(self) -> np.ndarray:
        """Which (N,) walk so low that their legs have to be folded."""
        return self.height < 0.25

    @property
    def calves_asked(self) -> np.ndarray:
        """Of which (N,) an angle of the rear calves is asked."""
        return ~(self.folded | self.plain)

    def features(self) -> np.ndarray:
        """(N, 4) numbers of order one."""
        return np.stack(
            [
                10.0 * (self.height - 0.25),
                20.0 * (self.clearance - CLEARANCE),
                2.5 * (self.rear_calf + 1.4) * self.calves_asked,
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
    """Ranges that styles are drawn from. One height in ``low_share`` is of the low range."""

    plain_share: float = 0.5
    normal_height: tuple[float, float] = (0.25, 0.30)
    low_share: float = 0.25
    low_height: tuple[float, float] = (0.17, 0.25)
    styled_low_height: float = 0.18
    """Of styles other than the plain one, which have enough else to learn."""
    clearance: tuple[float, float] = (0.05, 0.11)
    rear_calf: tuple[float, float] = (-1.75, -1.05)

    def draw(self, num: int, rng: np.random.Generator, difficulty: float = 1.0) -> Style:
        """Styles of ``num`` robots; what makes walking harder to find at ``difficulty`` (0 to 1) of its range."""
        plain = rng.random(num) < self.plain_share
        low = rng.random(num) < self.low_share
        lowered = np.where(plain, rng.uniform(*self.low_height, size=num), self.styled_low_height)
        rear_calf = rng.uniform(*self.rear_calf, size=num)
        middle = np.mean(self.rear_calf)
        return Style(
            plain=plain,
            height=np.where(low, lowered, rng.uniform(*self.normal_height, size=num)),
            clearance=np.where(plain, CLEARANCE, rng.uniform(*self.clearance, size=num)),
            rear_calf=middle + difficulty * (rear_calf - middle),
            frugality=difficulty * rng.random(num) * ~plain,
        )
