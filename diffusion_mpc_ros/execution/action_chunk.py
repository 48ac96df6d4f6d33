"""A stretch of joint targets addressed by absolute control tick."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.safety.joint_array import joint_array


class ChunkError(ValueError):
    """A chunk that must not be executed; the message names what is wrong with it."""


@dataclass(frozen=True, eq=False)
class ActionChunk:
    """Joint targets of a plan for the ticks ``start_tick`` ... ``end_tick - 1`` of an epoch.

    Raises:
        ChunkError: on an empty epoch, a negative tick, a wrong shape, no row at all, or a target that is not finite.
    """

    epoch: str
    """The walk the plan belongs to."""
    start_tick: int
    """Tick of the observation the plan starts from."""
    targets: np.ndarray
    """Joint targets, one row a tick, (H, 12), rad."""

    def __post_init__(self) -> None:
        if not self.epoch:
            raise ChunkError("epoch: expected a word, got an empty one")
        if self.start_tick < 0:
            raise ChunkError(f"start_tick: expected 0 or more, got {self.start_tick}")
        try:
            targets = joint_array("targets", self.targets, ndim=2)
        except ValueError as error:
            raise ChunkError(str(error)) from error
        if len(targets) == 0:
            raise ChunkError("targets: expected at least one row, got none")
        object.__setattr__(self, "targets", targets)

    @property
    def end_tick(self) -> int:
        """The first tick after the chunk."""
        return self.start_tick + len(self.targets)
