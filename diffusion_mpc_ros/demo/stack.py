"""The processes of the stack as the launch files start them, but on loopback and on domains of their own."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diffusion_mpc_ros.demo.processes import Processes
from diffusion_mpc_ros.resources import resource_directory
from diffusion_mpc_ros.robot.wire_format import STATE_RATE_HZ

INTERFACE = "lo"
PLANT = "diffusion_mpc_ros.simulation.plant"
PLANNER = "diffusion_mpc_ros.nodes.planner_node"
GUARDIAN = "diffusion_mpc_ros.robot.guardian"
EXECUTOR = "diffusion_mpc_ros.nodes.executor_node"
PATIENCE = {
    "late_state_age_s": 0.15,
    "max_state_age_s": 0.2,
    "guardian_age_s": 0.3,
    "max_missed_ticks": 10,
    "hang_s": 0.5,
    "max_age_ticks": 10,
}
"""Executor parameters for a robot that shares its computer with the stack: a busy machine holds up the robot, too."""
SILENCE_MS = 300.0
"""Likewise of the guardian."""
LEADS_ELSEWHERE = (
    "ROS_STATIC_PEERS",
    "ROS_DISCOVERY_SERVER",
    "FASTRTPS_DEFAULT_PROFILES_FILE",
    "FASTDDS_DEFAULT_PROFILES_FILE",
)
"""Environment variables by which ROS discovers beyond loopback, whatever its discovery range."""


@dataclass(frozen=True)
class Stack:
    """How to start plant, planner, guardian and executor.

    Attributes:
        processes: Where they run.
        robot_domain: DDS domain of the robot's own topics.
        ros_domain: DDS domain of the ROS topics.
        model: Model bundle, a name or a path (with a slash); None for that of ``config/planner.yaml``.
        recording: The npz that the plant writes when it ends.
        ros_logs: Directory for ROS's own log files.
        planner, executor: Parameters of the nodes, set over those of ``config``.
        state_rate_hz: Robot states that the plant sends in a second.
    """

    processes: Processes
    robot_domain: int
    ros_domain: int
    model: str | None
    recording: Path
    ros_logs: Path
    planner: Mapping[str, Any] = field(default_factory=dict)
    executor: Mapping[str, Any] = field(default_factory=dict)
    state_rate_hz: int = STATE_RATE_HZ

    def start_plant(self) -> None:
        """The simulated robot, lying down."""
        arguments = ["--network-interface", INTERFACE, "--domain-id", str(self.robot_domain)]
        arguments += ["--state-rate", str(self.state_rate_hz), "--record", str(self.recording)]
        self.start("plant", PLANT, arguments)

    def start_planner(self) -> None:
        """The planner with ``config/planner.yaml``."""
        model = [] if self.model is None else ["-p", f"model:={json.dumps(self.model)}"]
        arguments = ["--ros-args", "--params-file", self.parameters("planner"), *model, *_set(self.planner)]
        self.start("planner", PLANNER, arguments)

    def start_guardian(self) -> None:
        """The guardian, without which the executor does not arm."""
        where = ["--network-interface", INTERFACE, "--domain-id", str(self.robot_domain)]
        self.start("guardian", GUARDIAN, [*where, "--silence-ms", str(SILENCE_MS)])

    def start_executor(self) -> None:
        """The executor with ``config/executor.yaml``. It gives up when it finds no robot: the plant goes first."""
        settings = {"network_interface": INTERFACE, "domain_id": self.robot_domain, **PATIENCE, **self.executor}
        self.start("executor", EXECUTOR, ["--ros-args", "--params-file", self.parameters("executor"), *_set(settings)])

    def environment(self) -> dict[str, str]:
        """This process's environment with what keeps the stack to itself."""
        return {
            **{name: value for name, value in os.environ.items() if name not in LEADS_ELSEWHERE},
            "PYTHONUNBUFFERED": "1",
            "RMW_IMPLEMENTATION": "rmw_fastrtps_cpp",  # CycloneDDS is taken by the SDK in the same process
            "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
            "ROS_DOMAIN_ID": str(self.ros_domain),
            "ROS_LOG_DIR": str(self.ros_logs),
        }

    def isolate(self) -> None:
        """Give this process the stack's environment, for ROS nodes of its own."""
        for name in LEADS_ELSEWHERE:
            os.environ.pop(name, None)
        os.environ.update(self.environment())

    def start(self, name: str, module: str, arguments: list[str]) -> int:
        """Start a Python module as a process of the stack; returns its id."""
        return self.processes.start(name, [sys.executable, "-m", module, *arguments], self.environment())

    @staticmethod
    def parameters(node: str) -> str:
        """The package's own parameter file of a node."""
        return str(resource_directory("config") / f"{node}.yaml")


def _set(parameters: Mapping[str, Any]) -> list[str]:
    """ROS arguments that set parameters."""
    return [word for name, value in parameters.items() for word in ("-p", f"{name}:={json.dumps(value)}")]
