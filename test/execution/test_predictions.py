import numpy as np

from diffusion_mpc_ros.execution.control_output import ExecutedPlan
from diffusion_mpc_ros.execution.predictions import KEPT, PredictedStates, Predictions


def predicted(epoch: str, start_tick: int) -> PredictedStates:
    """States that tell the tick they are of."""
    return PredictedStates(epoch, start_tick, np.tile(np.arange(start_tick, start_tick + 11.0)[:, None], 45))


def executed(epoch: str, tick: int, start_tick: int) -> ExecutedPlan:
    return ExecutedPlan(epoch, tick, start_tick, margin_left=1)


def test_the_plan_in_use_tells_its_tick() -> None:
    predictions = Predictions()
    predictions.add(predicted("a", 0))
    predictions.add(predicted("a", 8))
    for tick, start_tick in ((10, 0), (10, 8), (18, 8)):
        state = predictions.state(executed("a", tick, start_tick))
        assert state is not None
        np.testing.assert_array_equal(state, np.full(45, tick))


def test_what_was_not_predicted_is_not_known() -> None:
    predictions = Predictions()
    predictions.add(predicted("a", 8))
    assert predictions.state(executed("b", 11, 8)) is None
    assert predictions.state(executed("a", 11, 0)) is None
    assert predictions.state(executed("a", 19, 8)) is None


def test_only_the_newest_are_kept() -> None:
    predictions = Predictions()
    for start_tick in range(KEPT + 1):
        predictions.add(predicted("a", start_tick))
    assert predictions.state(executed("a", 5, 0)) is None
    assert predictions.state(executed("a", 5, 1)) is not None
