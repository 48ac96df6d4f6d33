"""Leads the robot through the demo, and knows at any moment whether all is well."""

import time
from collections.abc import Callable, Sequence

import numpy as np
from std_srvs.srv import Trigger

from diffusion_mpc_ros.demo.operator import Operator
from diffusion_mpc_ros.demo.processes import Processes
from diffusion_mpc_ros.demo.progress import Progress
from diffusion_mpc_ros.demo.sequence import Segment, Walked
from diffusion_mpc_ros.demo.stack import Stack
from diffusion_mpc_ros.demo.witness import Witness

COMMAND_PERIOD = 0.05
"""Velocity commands go out at 20 Hz."""
START_TIMEOUT_S = 120.0
"""Imports, discovery and loading the model on a busy machine; the first start compiles the planner's loops, too."""
MOTION_TIMEOUT_S = 15.0
"""Standing up and sitting down."""
AFTERMATH_S = 5.0
"""How long the executor gets to bring the robot to a safe mode after the planner died."""
SAFE_MODES = ("standing", "passive", "damping")


class DemoFailure(RuntimeError):
    """Something that ends the demo early; the text says what."""


class Conductor:
    """One run of the demo. Every wait in it watches the processes and the robot.

    Args:
        stack: Starts the processes.
        processes: The same processes, to watch.
        operator: Commands the executor.
        witness: Measures the robot.
        progress: Shows how far it is.
    """

    def __init__(
        self, stack: Stack, processes: Processes, operator: Operator, witness: Witness, progress: Progress
    ) -> None:
        self.walked: list[Walked] = []
        """Segments so far."""
        self.has_walked = False
        """Whether the robot began to walk at all."""
        self._stack = stack
        self._processes = processes
        self._operator = operator
        self._witness = witness
        self._progress = progress

    def bring_up(self) -> None:
        """Starts the stack and waits until every process is ready.

        Raises:
            ProcessDied, DemoFailure: one ended, or is not ready in time.
        """
        self._progress.phase("starting plant, guardian, planner and executor")
        self._stack.start_plant()
        self._stack.start_guardian()
        self._stack.start_planner()
        self._wait(lambda: self._witness.record.latest is not None, START_TIMEOUT_S, "the plant's state")
        self._stack.start_executor()
        self._wait(self._operator.executor_ready, START_TIMEOUT_S, "the executor's services")
        self._wait(self._operator.planner_ready, START_TIMEOUT_S, "the planner")

    def stand(self) -> None:
        """Stands the robot up."""
        self._progress.phase("standing up")
        self._ask("stand")
        self._reach("standing", via=("passive", "rising"))

    def walk(self, sequence: Sequence[Segment], at_start: Callable[[Segment], None] = lambda segment: None) -> None:
        """Walks the sequence; ``at_start`` is called as each segment begins, and must not block."""
        self._ask("walk")
        self._reach("walking", via=("standing",))
        self.has_walked = True
        for number, segment in enumerate(sequence, start=1):
            self._progress.phase(f"segment {number} of {len(sequence)}, {segment.name}")
            start = time.monotonic()
            end = start + segment.duration
            at_start(segment)
            while (left := end - time.monotonic()) > 0.0:
                self._operator.command(*segment.command)
                self._pass_time(min(COMMAND_PERIOD, left))
                if self._operator.mode != "walking":
                    raise DemoFailure(f"the executor stopped walking in segment {number}, {segment.name}")
                recent = self._witness.record.mean_velocity(time.monotonic() - 0.5, time.monotonic())
                self._progress.velocity(np.asarray(segment.command), recent)
            self.walked.append(Walked(segment, start, end))

    def halt(self) -> None:
        """Ends the walk; the robot stands."""
        self._ask("stand")
        self._reach("standing", via=("walking",))

    def sit(self) -> None:
        """Ends the walk and sits the robot down."""
        self._progress.phase("sitting down")
        self._ask("sit")
        self._reach("passive", via=("walking", "sitting"))

    def aftermath(self) -> str:
        """After a failure: what became of the robot, and why, once the executor has had time to act."""
        if not self._processes.running("executor"):
            return "no executor is left to hold the robot"
        self._progress.phase("waiting for the executor to bring the robot to a safe mode")
        self._operator.spin(AFTERMATH_S, until=lambda: self._operator.mode in SAFE_MODES and self._is_reported())
        reports = self._operator.control_reports
        return f"the executor says: {reports[-1].reason}" if reports else "the executor never reported its mode"

    def _is_reported(self) -> bool:
        reports = self._operator.control_reports
        return bool(reports) and reports[-1].mode == self._operator.mode

    def _reach(self, mode: str, via: tuple[str, ...]) -> None:
        self._wait(lambda: self._operator.mode not in via, MOTION_TIMEOUT_S, f"mode {mode}")
        if self._operator.mode != mode:
            raise DemoFailure(f"the executor is {self._operator.mode} where {mode} was expected")

    def _ask(self, service: str) -> None:
        answer = self._operator.request(service)
        self._wait(answer.done, 5.0, f"the answer of ~/{service}")
        response: Trigger.Response = answer.result()
        if not response.success:
            raise DemoFailure(f"the executor refuses to {service}: {response.message}")

    def _wait(self, ready: Callable[[], bool], timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        while not ready():
            if time.monotonic() > deadline:
                raise DemoFailure(f"waited {timeout:.0f} s in vain for {what}; see the logs of the processes")
            self._pass_time(0.02)

    def _pass_time(self, duration: float) -> None:
        self._operator.spin(duration)
        self._witness.collect()
        self._processes.check()
        if self._witness.record.fell:
            raise DemoFailure("the robot fell")
