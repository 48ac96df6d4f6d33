"""Reward terms on learned physical quantities (sections V-B1, V-B3, VI-B2).

The networks tell metres and watts, so what is wanted of them is a live parameter rather than trained in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.quantity import Quantity


@dataclass(frozen=True, eq=False)
class BaseHeight:
    """Attraction to a trunk height: -(h(tau) - target)^2, h the mean over the window (section V-B1), m^2.

    The default target is that of ordinary walking; the range is that of the legs, from a crawl to nearly straight.
    """

    name: ClassVar[str] = "base_height"
    text: ClassVar[str] = "Weight of the attraction of the trunk's height to base_height.target, 1/m^2"

    model: Quantity
    target: float = field(
        default=0.28, metadata=parameter("Trunk height above the ground to be attracted to, m", (0.10, 0.40))
    )

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        height, _ = self.model(tau, k)
        return -np.square(height - self.target)

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        height, slope = self.model(tau, k)
        total += (-2.0 * weight * (height - self.target))[:, None, None] * slope


@dataclass(frozen=True, eq=False)
class Energy:
    """Little mechanical power: -P(tau), the mean of sum_j |torque_j dq_j| over the window, W.

    Section V-B3 integrates over the window instead, which only scales the weight.
    """

    name: ClassVar[str] = "energy"
    text: ClassVar[str] = "Weight of the penalty on the mechanical power of all joints, 1/W"

    model: Quantity

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        power, _ = self.model(tau, k)
        return -power

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        _, slope = self.model(tau, k)
        total -= np.float32(weight) * slope


@dataclass(frozen=True, eq=False)
class FootLift:
    """Attraction to a step height: -(z(tau) - target)^2, z the largest foot clearance of the window (VI-B2), m^2.

    The default target clears tall grass, which ordinary steps brush; the range ends where a folded leg does.
    """

    name: ClassVar[str] = "foot_lift"
    text: ClassVar[str] = "Weight of the attraction of the feet's largest clearance to foot_lift.target, 1/m^2"

    model: Quantity
    target: float = field(default=0.08, metadata=parameter("Foot clearance to be attracted to, m", (0.0, 0.25)))

    def value(self, tau: np.ndarray, k: int) -> np.ndarray:
        lift, _ = self.model(tau, k)
        return -np.square(lift - self.target)

    def add_gradient(self, tau: np.ndarray, k: int, weight: float, total: np.ndarray) -> None:
        lift, slope = self.model(tau, k)
        total += (-2.0 * weight * (lift - self.target))[:, None, None] * slope


READS: Mapping[str, str] = {
    f"{BaseHeight.name}.model": "base_height",
    f"{Energy.name}.model": "power",
    f"{FootLift.name}.model": "foot_lift",
}
"""The quantity that each resource of these terms stands for."""
