"""One walk, from its first plan request to its last target."""

import numpy as np

from diffusion_mpc_ros.execution.action_chunk import ActionChunk
from diffusion_mpc_ros.execution.answer_watch import AnswerWatch
from diffusion_mpc_ros.execution.chunk_buffer import ChunkBuffer, Splice
from diffusion_mpc_ros.execution.control_output import ExecutedPlan
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.execution.replan import ReplanTrigger
from diffusion_mpc_ros.planning.trajectory import NUM_JOINTS


class Walk:
    """The plans of one epoch: when to request them, what they demand at each tick, and when they stay away too long.

    Ticks are counted from 0 at the walk's first control tick. A walk that has begun bridges at most ``grace_ticks``
    without a target; before the first plan has taken over the robot still stands, which is safe for longer:
    ``first_plan_ticks`` (both of the configuration).
    """

    def __init__(self, epoch: str, config: ControllerConfig) -> None:
        self.epoch = epoch
        self._config = config
        self._buffer = ChunkBuffer(epoch, config.margin, config.max_age_ticks)
        self._trigger = ReplanTrigger(config.margin, config.replan_period)
        self._answers = AnswerWatch(config.margin)
        self._last_driven = -1

    @property
    def has_begun(self) -> bool:
        """Whether a plan has driven a tick yet."""
        return self._last_driven >= 0

    def committed(self, tick: int) -> np.ndarray:
        """Planned targets from ``tick`` on that are executed before a plan made at ``tick`` takes over, (n, 12) rad,
        n <= D."""
        targets = []
        for ahead in range(self._config.margin if self._config.commits else 0):
            target = self._buffer.target(tick + ahead)
            if target is None:
                break
            targets.append(target)
        return np.array(targets).reshape(-1, NUM_JOINTS)

    def receive(self, chunk: ActionChunk, now_tick: int) -> Splice:
        """Take in a chunk; ``now_tick`` is the next tick to be executed."""
        splice = self._buffer.splice(chunk, now_tick)
        if splice.is_accepted:
            self._trigger.answered(chunk.end_tick)
            self._answers.answered(chunk.start_tick)
        return splice

    def poll_request(self, tick: int) -> bool:
        """Whether a plan is to be requested at ``tick``; the request is then taken as made."""
        due = self._trigger.due(tick)
        if due:
            self._trigger.requested(tick)
            self._answers.requested(tick)
        return due

    def take_target(self, tick: int) -> np.ndarray | None:
        """The planned target of ``tick``, (12,) rad, or None if there is none and the tick must be bridged."""
        target = self._buffer.target(tick)
        if target is not None:
            self._last_driven = tick
        return target

    def executed_plan(self, tick: int) -> ExecutedPlan | None:
        """The plan that the planned target of ``tick`` is of, or None if there is none."""
        driver = self._buffer.driver(tick)
        if driver is None:
            return None
        return ExecutedPlan(self.epoch, tick, driver.chunk.start_tick, driver.margin_left)

    def ticks_without_plan(self, tick: int) -> int:
        """How many ticks in a row, up to and including ``tick``, have no planned target."""
        return 0 if self._buffer.target(tick) is not None else tick - self._last_driven

    def ticks_overdue(self, tick: int) -> int | None:
        """For how long a plan has been due at ``tick`` that has not come, 0 at its due tick; None if none is."""
        return self._answers.ticks_overdue(tick)

    def is_starved(self, tick: int) -> bool:
        """Whether ``tick`` has no planned target and all the ticks that may be bridged are used up."""
        return self.ticks_without_plan(tick) > (
            self._config.grace_ticks if self.has_begun else self._config.first_plan_ticks
        )
