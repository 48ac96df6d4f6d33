"""Commands as they were followed: what is learned is what a robot did, under the name of what it did.

A demonstrator that is asked for 0.4 m/s to the side and manages half of it would teach that 0.4 m/s is walked at 0.2.
Robots of rough physics miss their command as well, each in its own way, which one observation does not tell.
"""

import numpy as np

SETTLING = 50
"""Ticks after a change of the command in which a robot is getting there."""
ENOUGH = 25
"""Ticks, about a stride, over which a mean velocity tells how a command was followed."""


def followed(
    command: np.ndarray, velocity: np.ndarray, begins: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The mean velocity, once settled, of every stretch of one command, and where it is known.

    Args:
        command: (E, T, 3) that was told: v_x, v_y in m/s, yaw rate in rad/s.
        velocity: (E, T, 3) of the trunk, body frame, the same units.
        begins: (E, T) bool: the robot was set back on its feet before this tick.
        counts: (E, T) bool: the robot did as its demonstrator wanted.

    Returns:
        Commands (E, T, 3), constant over each stretch, and whether they are known, (E, T): a stretch may be too short.
        To stand is followed by definition.
    """
    begins = begins | np.pad((np.diff(command, axis=1) != 0).any(axis=-1), ((0, 0), (1, 0)), constant_values=True)
    ticks = np.broadcast_to(np.arange(command.shape[1]), begins.shape)
    age = ticks - np.maximum.accumulate(np.where(begins, ticks, 0), axis=1)
    stretch = np.cumsum(begins.ravel()) - 1
    weight = (counts & (age >= SETTLING)).ravel().astype(np.float64)
    total = np.bincount(stretch, weight)
    sums = np.stack([np.bincount(stretch, weight * axis.ravel()) for axis in np.moveaxis(velocity, -1, 0)], axis=-1)
    mean = sums / np.maximum(total, 1.0)[:, None]
    stands = (command == 0).all(axis=-1)
    commands = np.where(stands[..., None], 0.0, mean[stretch].reshape(command.shape))
    return commands, stands | (total[stretch] >= ENOUGH).reshape(stands.shape)
