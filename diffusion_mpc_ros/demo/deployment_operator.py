"""An operator who listens to what plans cost, when they act and how they follow each other."""

import numpy as np
from rclpy.subscription import MessageInfo
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory

from diffusion_mpc_ros.demo.operator import Operator
from diffusion_mpc_ros.demo.seams import Seams
from diffusion_mpc_ros.planning.trajectory import DT

TICK_NS = round(DT * 1e9)


class DeploymentOperator(Operator):
    """Also collects the figures of Table VI.

    Args:
        domain_id: ROS domain of the stack.
        margin: D of the executor.
    """

    def __init__(self, domain_id: int, margin: int) -> None:
        self.seams = Seams(margin)
        self.compute_ms: list[float] = []
        """Time spent on each plan."""
        self.candidates: list[float] = []
        """That each plan was chosen from."""
        self.action_ms: list[float] = []
        """From each plan's observation to its first action."""
        super().__init__(domain_id)
        self._node.create_subscription(JointState, "plan_telemetry", self._on_plan, 10)
        self._node.create_subscription(JointState, "execution_telemetry", self._on_use, 10)

    def __enter__(self) -> "DeploymentOperator":
        return self

    def _on_chunk(self, message: JointTrajectory, info: MessageInfo) -> None:
        super()._on_chunk(message, info)
        since = message.points[0].time_from_start
        start_tick = (since.sec * 1_000_000_000 + since.nanosec) // TICK_NS
        self.seams.add(message.header.frame_id, start_tick, np.array([point.positions for point in message.points]))

    def _on_plan(self, message: JointState) -> None:
        told = dict(zip(message.name, message.position, strict=True))
        self.compute_ms.append(told["latency_ms.total"])
        self.candidates.append(told["candidates"])

    def _on_use(self, message: JointState) -> None:
        told = dict(zip(message.name, message.position, strict=True))
        self.action_ms.append(told["latency_ms"])
