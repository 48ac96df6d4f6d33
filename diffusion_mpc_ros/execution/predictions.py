"""What the plans in use said the robot would do."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.execution.control_output import ExecutedPlan

KEPT = 4
"""Plans kept: the one in use, the one to come, and two for those that overtake each other."""


@dataclass(frozen=True, eq=False)
class PredictedStates:
    """States that a plan expects, one row a tick from that of its own observation on."""

    epoch: str
    start_tick: int
    states: np.ndarray
    """(H, 45), physical units."""


class Predictions:
    """The newest predictions. One thread adds while another reads."""

    def __init__(self) -> None:
        self._newest: tuple[PredictedStates, ...] = ()

    def add(self, predicted: PredictedStates) -> None:
        """Take in what a plan predicts."""
        self._newest = (predicted, *self._newest)[:KEPT]

    def state(self, plan: ExecutedPlan) -> np.ndarray | None:
        """(45,) state that the plan in use predicted for the tick it drives; None if that is not known."""
        for predicted in self._newest:
            if (predicted.epoch, predicted.start_tick) == (plan.epoch, plan.start_tick):
                row = plan.tick - plan.start_tick
                return predicted.states[row] if row < len(predicted.states) else None
        return None
