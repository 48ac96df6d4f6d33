"""Notices when the robot's own controller comes back while we command the motors."""

import threading

from diffusion_mpc_ros.robot.sport_mode import SportMode, SportModeError

PERIOD_S = 0.4
"""With a call's own time within the second that the failsafe table allows."""


class SportWatch:
    """Asks the motion switcher over and over, in a thread of its own. Needs ``dds.join`` first."""

    def __init__(self) -> None:
        self.active = ""
        """The sport mode that was active at the last answer."""
        self._sport_mode = SportMode(attempts=1)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="sport mode", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop asking."""
        self._ending.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ending.wait(PERIOD_S):
            try:
                self.active = self._sport_mode.active()
            except SportModeError:
                continue  # no answer says nothing; a robot that is gone is noticed by its state
