"""Takes the motors from the robot's own controller ("sport mode") and gives them back.

While a sport mode is active, the robot answers low-level commands with its own: both fight over the legs. The motion
switcher, a service on the robot, tells which mode is active and releases it. Nothing holds the robot up from the
release to the first command: it is refused unless the robot lies on the ground.
"""

import logging
import time

from unitree_sdk2py.comm.motion_switcher.motion_switcher_client import MotionSwitcherClient

from diffusion_mpc_ros.robot.posture import is_lying
from diffusion_mpc_ros.robot.state import RobotState

logger = logging.getLogger(__name__)

ATTEMPTS = 5
PAUSE_S = 0.5
CALL_TIMEOUT_S = 1.0

NOT_REACHABLE = 3102
"""The SDK's code when no motion switcher takes the request."""
ALREADY_SELECTED = 7004
"""The robot's code when the mode asked for is active already."""


class SportModeError(RuntimeError):
    """The motors cannot change hands; the text says what to do."""


class SportMode:
    """The motion switcher, with bounded retries. Needs ``dds.join`` first.

    Args:
        attempts: calls of each kind before giving up.
        pause_s: wait between them, s.
    """

    def __init__(self, attempts: int = ATTEMPTS, pause_s: float = PAUSE_S) -> None:
        self._attempts = attempts
        self._pause_s = pause_s
        self._released = ""
        self._client = MotionSwitcherClient()
        self._client.SetTimeout(CALL_TIMEOUT_S)
        self._client.Init()

    def active(self) -> str:
        """Name of the active sport mode; "" when there is none.

        Raises:
            SportModeError: no usable answer after all attempts.
        """
        code = 0
        for attempt in range(self._attempts):
            if attempt:
                time.sleep(self._pause_s)
            code, answer = self._client.CheckMode()
            if code == 0 and isinstance(answer, dict):
                return str(answer.get("name") or "")
        reason = "not reachable" if code == NOT_REACHABLE else f"no usable answer (code {code})"
        raise SportModeError(f"motion switcher: {reason} after {self._attempts} attempts: is the robot fully started?")

    def release(self, state: RobotState) -> str:
        """Release whatever sport mode is active and return its name ("" when there was none).

        Args:
            state: of the robot, now.

        Raises:
            SportModeError: a mode is active and the robot does not lie, or the release cannot be confirmed; the robot
                is left to its sport mode and low-level commands must not be sent.
        """
        name = self.active()
        if name and not is_lying(state):
            raise SportModeError(
                f"sport mode '{name}' holds the robot up and it would drop: lay it down first, from the remote or the "
                "app, level and with all legs folded"
            )
        try:
            return self._release(name)
        except SportModeError as error:
            try:
                self.restore()
            except SportModeError as unrestored:
                raise SportModeError(f"{error}; {unrestored}") from error
            raise

    def restore(self) -> None:
        """Select again the mode that ``release`` ended; nothing to do when it ended none. Stop commands first.

        Raises:
            SportModeError: the robot did not take the mode after all attempts.
        """
        if not self._released:
            return
        code = 0
        for attempt in range(self._attempts):
            if attempt:
                time.sleep(self._pause_s)
            code, _ = self._client.SelectMode(self._released)
            if code in (0, ALREADY_SELECTED):
                self._released = ""
                return
        raise SportModeError(
            f"sport mode '{self._released}' could not be restored in {self._attempts} attempts (last code {code}): "
            "select it in the app or restart the robot"
        )

    def _release(self, name: str) -> str:
        code = 0
        for _ in range(self._attempts):
            if not name:
                return self._released
            self._released = name
            logger.info("releasing sport mode '%s'", name)
            code, _ = self._client.ReleaseMode()
            time.sleep(self._pause_s)
            name = self.active()
        if name:
            raise SportModeError(
                f"sport mode '{name}' is still active after {self._attempts} releases (last code {code}): "
                "lay the robot down and release it from the remote or the app"
            )
        return self._released
