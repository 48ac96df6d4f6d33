"""An executor whose control loop raises as soon as the robot stands; arguments as those of the real one."""

import sys
from typing import Any

from diffusion_mpc_ros.execution.control_output import ControlOutput
from diffusion_mpc_ros.execution.controller import Controller
from diffusion_mpc_ros.nodes import executor_node
from diffusion_mpc_ros.safety.supervisor import Mode


class FailingController(Controller):
    """Breaks on purpose."""

    def step(self, *args: Any, **settings: Any) -> ControlOutput:
        if self.mode is Mode.STANDING:
            raise RuntimeError("broken on purpose")
        return super().step(*args, **settings)


if __name__ == "__main__":
    executor_node.Controller = FailingController  # type: ignore[misc]
    sys.exit(executor_node.main(sys.argv[1:]))
