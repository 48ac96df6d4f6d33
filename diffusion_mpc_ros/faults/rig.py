"""The whole stack on loopback, with a proxy on the robot's wire, a relay on the planner's, and the oracle beside."""

import os
import random
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from diffusion_mpc_ros.demo.domains import free_domain_ids
from diffusion_mpc_ros.demo.processes import Processes
from diffusion_mpc_ros.demo.stack import EXECUTOR, GUARDIAN, INTERFACE, PLANNER, PLANT, Stack
from diffusion_mpc_ros.faults.fault_operator import FaultOperator
from diffusion_mpc_ros.faults.outcome import Outcome
from diffusion_mpc_ros.faults.pipes import OraclePipe, ProxyPipe, RigError

PACE = {"fold_s": "0.3", "rise_s": "0.8", "settle_s": "0.3", "sit_s": "0.8"}
"""Quick motions: a trial stands the robot up."""
START_TIMEOUT_S = 120.0
REPLACEMENT_TIMEOUT_S = 40.0
"""Of a planner whose machine code the one before has compiled."""
NOTICE_S = 0.5
"""In which a mode that follows a request is told; one that lasted no tick never is."""
FIRST_PLAN_S = 2.0
"""After which an executor without a first plan has stopped walking."""
FALLEN_DEG = 45.0
"""Tilt from which a robot that lies is not armed by its executor for long."""
MOTION_TIMEOUT_S = 20.0
ANSWER_S = 2.0
"""After which a request is made again: one that follows a kill may be lost, or its answer. Those whom DDS knows are
still those who are gone."""


class Rig:
    """A context: everything runs inside, and the robot lies at its beginning.

    Args:
        logs: directory for the logs of all processes; it exists.
        silence: what the plant's motors do when commands stop, ``hold`` or ``off``.
        settings: parameters of the executor beside its file.
        relayed: whether chunks and velocity commands pass the relay.
        silence_ms: option of the guardian, its default if None.
        executor: module of the executor, which may be one that is at fault.
    """

    def __init__(
        self,
        logs: Path,
        silence: str = "hold",
        settings: Mapping[str, str] | None = None,
        relayed: bool = False,
        silence_ms: float | None = None,
        executor: str = EXECUTOR,
    ) -> None:
        self.plant_domain, robot_domain, ros_domain = free_domain_ids(3, random.Random())
        self.logs = logs
        self._silence = silence
        self._silence_ms = silence_ms
        self._settings = {**PACE, **(settings or {})}
        self._relayed = relayed
        self._executor = executor
        self.processes = Processes(logs)
        self.stack = Stack(self.processes, robot_domain, ros_domain, None, logs / "recording.npz", logs / "ros")
        self.pids: dict[str, int] = {}
        self.outcomes: list[Outcome] = []

    def __enter__(self) -> "Rig":
        self.stack.isolate()
        robot, plant = str(self.stack.robot_domain), str(self.plant_domain)
        environment = self.stack.environment()
        self.oracle = OraclePipe(
            "diffusion_mpc_ros.faults.oracle", [INTERFACE, robot], self.logs / "oracle.log", environment
        )
        self.proxy = ProxyPipe("diffusion_mpc_ros.faults.proxy", [plant, robot], self.logs / "proxy.log", environment)
        self.operator = FaultOperator(self.stack.ros_domain)
        try:
            self._start_plant()
            self.start_guardian()
            self.start_planner()
            self.start_executor()
            self.wait(self._planner_ready, START_TIMEOUT_S, "the planner")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for pid in self.pids.values():
            _send(pid, signal.SIGCONT)
        self.operator.__exit__(None, None, None)
        self.processes.stop()
        self.proxy.close()
        self.oracle.close()

    def begin(self, outcome: Outcome) -> Outcome:
        """The trials of a row begin; what came of them is kept even if the rig breaks."""
        self.outcomes.append(outcome)
        return outcome

    def start_guardian(self) -> None:
        """The guardian, with the silence it allows."""
        where = ["--network-interface", INTERFACE, "--domain-id", str(self.stack.robot_domain)]
        silence = [] if self._silence_ms is None else ["--silence-ms", str(self._silence_ms)]
        self._start("guardian", GUARDIAN, [*where, *silence])

    def start_planner(self) -> None:
        """The planner, whose chunks go to the relay if there is one."""
        remap = ["-r", "plan_chunk:=plan_chunk/true"] if self._relayed else []
        self._start("planner", PLANNER, ["--ros-args", "--params-file", self.stack.parameters("planner"), *remap])

    def replace_planner(self) -> None:
        """Another planner for one that was killed; returns once it is connected."""
        self.forget("planner")
        self.start_planner()
        self.wait(self._planner_ready, REPLACEMENT_TIMEOUT_S, "the planner")

    def start_executor(self) -> None:
        """The executor; returns once it offers its services."""
        settings = {
            "network_interface": INTERFACE,
            "domain_id": str(self.stack.robot_domain),
            "robot_timeout_s": "30.0",
            **self._settings,
        }
        pairs = [item for name, value in settings.items() for item in ("-p", f"{name}:={value}")]
        self.operator.mode = ""
        self._start(
            "executor", self._executor, ["--ros-args", "--params-file", self.stack.parameters("executor"), *pairs]
        )
        self.wait(self._executor_ready, START_TIMEOUT_S, "the executor")

    def signal(self, name: str, number: signal.Signals) -> float:
        """Signal a process; returns when (monotonic, s)."""
        now_s = time.monotonic()
        _send(self.pids[name], number)
        return now_s

    def forget(self, name: str) -> None:
        """A process was killed on purpose."""
        self.processes.forget(name)

    def ask(self, service: str, patience_s: float = MOTION_TIMEOUT_S) -> None:
        """Have the executor accept a request; asks again while it refuses.

        It may have accepted one whose answer was lost.
        """
        deadline = time.monotonic() + patience_s
        reason = ""
        while time.monotonic() < deadline:
            accepted, reason = self.answer(service)
            if accepted or reason.endswith(" already"):
                return
            self.operator.spin(0.1)
        raise RigError(f"the executor refuses to {service}: {reason}")

    def answer(self, service: str) -> tuple[bool, str]:
        """Whether the executor accepts a request, and what it says."""
        for _ in range(round(START_TIMEOUT_S / ANSWER_S)):
            answer = self.operator.request(service)
            self.operator.spin(ANSWER_S, until=answer.done)
            if answer.done():
                response: Any = answer.result()
                return response.success, response.message
        raise RigError(f"asked for {START_TIMEOUT_S:.0f} s in vain: ~/{service}; mode {self.operator.mode!r}")

    def set(self, node: str, values: Mapping[str, Any]) -> tuple[bool, str]:
        """Whether a node takes these parameters, and why not."""
        answer = self.operator.set(node, values)
        self.wait(answer.done, MOTION_TIMEOUT_S, f"{node} to set parameters")
        response: Any = answer.result()
        return response.result.successful, response.result.reason

    def get(self, node: str, names: Sequence[str]) -> list[Any]:
        """Parameters of a node, as messages."""
        answer = self.operator.get(node, names)
        self.wait(answer.done, MOTION_TIMEOUT_S, f"the parameters of {node}")
        response: Any = answer.result()
        return list(response.values)

    def reach(self, modes: Sequence[str], timeout_s: float = MOTION_TIMEOUT_S) -> str:
        """Wait for one of the executor's modes."""
        self.wait(lambda: self.operator.mode in modes, timeout_s, f"mode {' or '.join(modes)}")
        return self.operator.mode

    def begin_anew(self) -> None:
        """Another robot, lying as the first one did, and another executor: the first robot fell over."""
        for name in ("executor", "plant"):
            self.signal(name, signal.SIGKILL)
            self.forget(name)
        self._start_plant()
        self.start_executor()

    def stand(self) -> None:
        """Stand the robot up from whatever mode it is in; once more if something intervenes on the way."""
        deadline = time.monotonic() + 2 * MOTION_TIMEOUT_S
        if self.operator.mode not in ("standing", "walking") and self.operator.tilt_deg > FALLEN_DEG:
            self.begin_anew()
        while self.operator.mode not in ("standing", "walking"):
            self.ask("stand")
            self.operator.spin(NOTICE_S, until=lambda: self.operator.mode in ("rising", "standing"))
            self.wait(lambda: self.operator.mode != "rising", MOTION_TIMEOUT_S, "the robot to stand")
            if time.monotonic() > deadline:
                raise RigError(f"the robot does not stay up; mode {self.operator.mode!r}")

    def walk(self, velocity: tuple[float, float, float] = (0.5, 0.0, 0.0)) -> None:
        """Make the robot walk by plans, commanded from now on as the operator spins; once more if something intervenes,
        as when the executor has not found a new planner yet.
        """
        self.operator.velocity = velocity
        deadline = time.monotonic() + 3 * MOTION_TIMEOUT_S
        while self.operator.mode != "walking":
            self.stand()
            self.answer("walk")
            self._see_it_off()
            if time.monotonic() > deadline:
                raise RigError(f"the robot does not walk; mode {self.operator.mode!r}")

    def wait(self, ready: Callable[[], bool], timeout_s: float, what: str) -> None:
        """Until a condition holds.

        Raises:
            RigError: it does not in time.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            if time.monotonic() > deadline:
                raise RigError(f"waited {timeout_s:.0f} s in vain for {what}; mode {self.operator.mode!r}")
            self.operator.spin(0.02)

    def _see_it_off(self) -> None:
        """Until a walk that has been asked for goes by plans, or has ended."""
        operator = self.operator
        operator.spin(NOTICE_S, until=lambda: operator.mode == "walking")
        heard = len(operator.latencies_ms)
        operator.spin(FIRST_PLAN_S, until=lambda: len(operator.latencies_ms) > heard or operator.mode != "walking")

    def _planner_ready(self) -> bool:
        return self._says_ready("planner") and self.operator.planner_ready()

    def _executor_ready(self) -> bool:
        return self._says_ready("executor") and self.operator.executor_ready()

    def _says_ready(self, node: str) -> bool:
        """Whether a node says so itself: who is discovered may be the one that was killed."""
        return "ready:" in (self.logs / f"{node}.log").read_text(errors="replace")

    def _start_plant(self) -> None:
        where = ["--network-interface", INTERFACE, "--domain-id", str(self.plant_domain)]
        self._start("plant", PLANT, [*where, "--silence", self._silence])

    def _start(self, name: str, module: str, arguments: list[str]) -> None:
        self.pids[name] = self.stack.start(name, module, arguments)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it has ended
