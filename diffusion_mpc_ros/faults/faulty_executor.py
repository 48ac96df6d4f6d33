"""An executor whose control loop is itself at fault, whenever a signal asks for it; arguments as those of the real one.

SIGUSR1: the next tick takes longer than the ticks that may be missed. SIGUSR2: longer than the writer waits for it.
SIGALRM: it raises.
"""

import signal
import sys
import time
from types import FrameType
from typing import Any

from diffusion_mpc_ros.execution.control_output import ControlOutput
from diffusion_mpc_ros.execution.controller import Controller

STALLS_S = {signal.SIGUSR1: 0.15, signal.SIGUSR2: 1.0}
RAISES = signal.SIGALRM

_asked: list[int] = []


class FaultyController(Controller):
    """Does as the signals ask."""

    def step(self, *args: Any, **settings: Any) -> ControlOutput:
        """See Controller."""
        while _asked:
            number = _asked.pop()
            if number == RAISES:
                raise RuntimeError("broken on purpose")
            time.sleep(STALLS_S[signal.Signals(number)])
        return super().step(*args, **settings)


def _ask(number: int, _: FrameType | None) -> None:
    _asked.append(number)


if __name__ == "__main__":
    from diffusion_mpc_ros.nodes import executor_node  # the one that is made faulty here

    for _number in (*STALLS_S, RAISES):
        signal.signal(_number, _ask)
    executor_node.Controller = FaultyController  # type: ignore[misc]
    sys.exit(executor_node.main(sys.argv[1:]))
