"""The operator's remote: what its buttons and sticks ask of the executor."""

import math

from diffusion_mpc_ros.execution.velocity_command import VelocityCommand
from diffusion_mpc_ros.robot.remote import EMERGENCY_STOP, Button, Remote
from diffusion_mpc_ros.safety.supervisor import Request

BUTTONS = (
    (EMERGENCY_STOP, Request.DAMP),
    (Button.L2 | Button.A, Request.STAND),
    (Button.L2 | Button.DOWN, Request.SIT),
    (Button.START, Request.WALK),
)
"""Buttons held together and the request they make. Of several held at once only the first counts: while the emergency
stop is held, nothing else is asked for."""
DEADBAND = 0.05
"""Deflection below which a stick counts as released."""


class RemoteControl:
    """Turns the remote's state at each tick into a request, made once a press, and a velocity command."""

    def __init__(self) -> None:
        self._held = Button(0)
        self._moved_s: float | None = None

    def request(self, remote: Remote) -> Request | None:
        """What was asked for since the tick before."""
        held_before, self._held = Remote(self._held), remote.buttons
        for buttons, request in BUTTONS:
            if remote.holds(buttons):
                return None if held_before.holds(buttons) else request
        return None

    def command(
        self, remote: Remote, now_s: float, other: VelocityCommand | None, limit: tuple[float, ...]
    ) -> VelocityCommand | None:
        """The command in force: left stick translates, right stick turns.

        Once a stick was moved, released sticks mean to step on the spot; the operator is there. A command that comes
        from elsewhere after that takes over.

        Args:
            remote: as it is now.
            now_s: monotonic time, s.
            other: the newest command from elsewhere, by the same clock.
            limit: v_x, v_y (m/s) and yaw rate (rad/s) at full deflection.
        """
        forward, left, turn_left = remote.ly, -remote.lx, -remote.rx
        deflections = (forward, left, turn_left)
        # A remote that is switched off may leave any bytes behind: NaN is no deflection.
        if all(map(math.isfinite, deflections)) and max(map(abs, deflections)) >= DEADBAND:
            self._moved_s = now_s
            v_x, v_y, yaw_rate = (share * limit for share, limit in zip(deflections, limit, strict=True))
            return VelocityCommand(v_x, v_y, yaw_rate, now_s)
        if self._moved_s is None or (other is not None and other.received_s > self._moved_s):
            self._moved_s = None
            return other
        return VelocityCommand(0.0, 0.0, 0.0, now_s)
