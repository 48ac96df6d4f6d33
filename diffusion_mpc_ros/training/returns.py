"""The environment's true return (section IV-C): what a rollout is judged by, whatever its planner was asked for."""

from dataclasses import dataclass

import numpy as np

TRACKING_SCALE = 0.1
"""Squared error at which tracking is worth 1/e, (m/s)^2 or (rad/s)^2."""


@dataclass(frozen=True)
class ReturnWeights:
    """Weight of each term in the reward of a control tick."""

    alive: float = 1.0
    velocity: float = 1.0
    """Of exp(-e^2 / 0.1), e the error of the horizontal velocity, m/s."""
    velocity_error: float = -0.5
    """Of e itself: it pulls where the exponential is flat."""
    yaw: float = 0.5
    """Of the same of the yaw rate."""
    yaw_error: float = -0.25
    tilt: float = -1.0
    """Of the squared sine of the trunk's angle to the ground."""
    tilt_rate: float = -0.02
    """Of the squared roll and pitch rates, (rad/s)^2."""
    vertical: float = -0.5
    """Of the squared vertical velocity, (m/s)^2."""
    action_rate: float = -0.1
    """Of the squared change of the joint targets, rad^2."""
    power: float = -2e-4
    """Of the mechanical power of all joints, W."""

    def reward(
        self,
        command: np.ndarray,
        velocity: np.ndarray,
        angular_velocity: np.ndarray,
        upright: np.ndarray,
        change: np.ndarray,
        power: np.ndarray,
    ) -> np.ndarray:
        """Reward (...) of a tick.

        Args:
            command: (..., 3) m/s, m/s, rad/s.
            velocity: (..., 3) of the trunk in its own frame, m/s.
            angular_velocity: (..., 3) likewise, rad/s.
            upright: (..., 3) the ground's normal in the trunk's frame.
            change: (..., 12) of the joint targets since the tick before, rad.
            power: (...) W.
        """
        error = _squares(velocity[..., :2] - command[..., :2])
        turn = np.square(angular_velocity[..., 2] - command[..., 2])
        return (
            self.alive
            + self.velocity * np.exp(-error / TRACKING_SCALE)
            + self.velocity_error * np.sqrt(error)
            + self.yaw * np.exp(-turn / TRACKING_SCALE)
            + self.yaw_error * np.sqrt(turn)
            + self.tilt * _squares(upright[..., :2])
            + self.tilt_rate * _squares(angular_velocity[..., :2])
            + self.vertical * np.square(velocity[..., 2])
            + self.action_rate * _squares(change)
            + self.power * power
        )


def _squares(values: np.ndarray) -> np.ndarray:
    return np.square(values).sum(axis=-1)


def segment_returns(reward: np.ndarray, alive: np.ndarray, length: int, outlook: int) -> np.ndarray:
    """Mean reward a tick (E, T // length) over each segment and the ``outlook`` ticks after it, from rewards (E, T).

    After a fall, where ``alive`` (E, T) is false, nothing more is earned: what leads to a fall is worth little. Towards
    the end the outlook is what is left of the rollout. A segment that begins after the fall has no return (NaN).
    """
    count = reward.shape[1] // length
    earned = np.cumsum(np.pad(reward * alive, ((0, 0), (1, 0))), axis=1)
    begin = length * np.arange(count)
    end = np.minimum(begin + length + outlook, reward.shape[1])
    returns: np.ndarray = (earned[:, end] - earned[:, begin]) / (end - begin)
    stands = np.pad(alive, ((0, 0), (1, 0)), constant_values=True)[:, begin]
    return np.where(stands, returns, np.nan)
