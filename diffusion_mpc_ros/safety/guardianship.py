"""When a guardian steps in: the decision alone, without clock, sockets or middleware.

Standard library only: the guardian's process imports this.
"""

from enum import Enum


class Duty(Enum):
    """What the guardian is doing."""

    IDLE = "idle"
    """Nobody commands the motors, or nobody that asked to be guarded."""
    COVERING = "covering"
    """An executor has the right to command and is being listened to."""
    DAMPING = "damping"
    """The right was taken away: the guardian damps the motors until an executor is armed again."""


class Guardianship:
    """Gives the right to command to one executor at a time, and takes it away.

    Args:
        silence_s: how long an executor that has the right may be silent, s.
    """

    def __init__(self, silence_s: float) -> None:
        self._silence_s = silence_s
        self._heard_s = 0.0
        self.duty = Duty.IDLE
        self.reason = "started"
        """Why the duty is what it is: one line for the operator."""

    def arm(self, now_s: float, stop_held: bool) -> bool:
        """Whether an executor that asks for the right gets it; never while the emergency stop is held."""
        if self.duty is Duty.COVERING or stop_held:
            return False
        self._heard_s = now_s
        self._enter(Duty.COVERING, "executor armed")
        return True

    def beat(self, now_s: float) -> None:
        """The executor sent a command to the motors."""
        self._heard_s = now_s

    def release(self) -> None:
        """The executor gave the right back."""
        if self.duty is Duty.COVERING:
            self._enter(Duty.IDLE, "executor released")

    def lost(self) -> None:
        """The executor is gone."""
        self._take_over("the executor ended without releasing the motors")

    def stop(self) -> None:
        """The emergency stop was pressed on the remote."""
        self._take_over("emergency stop on the remote")

    def check(self, now_s: float) -> Duty:
        """The duty at ``now_s`` (monotonic, s), once everything heard until then was told."""
        silent_s = now_s - self._heard_s
        if silent_s > self._silence_s:
            self._take_over(f"the executor was silent for {1e3 * silent_s:.0f} ms")
        return self.duty

    def _take_over(self, reason: str) -> None:
        if self.duty is Duty.COVERING:
            self._enter(Duty.DAMPING, reason)

    def _enter(self, duty: Duty, reason: str) -> None:
        self.duty, self.reason = duty, reason
