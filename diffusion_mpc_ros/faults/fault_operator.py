"""An operator who commands without a break, hears of every fault, and can be the broken end of the planner's wire."""

import math
import random
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from geometry_msgs.msg import Twist
from rcl_interfaces.srv import GetParameters, SetParametersAtomically
from rclpy.client import Client
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, qos_profile_sensor_data
from rclpy.task import Future
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Imu, JointState
from std_msgs.msg import String
from trajectory_msgs.msg import JointTrajectory

from diffusion_mpc_ros.demo.operator import Operator
from diffusion_mpc_ros.faults.chunk_spoiling import ChunkSpoiler

COMMAND_PERIOD_S = 0.05
NODES = ("executor", "planner")


class FaultOperator(Operator):
    """Publishes ``velocity`` at 20 Hz while it spins, unless ``commands`` says what goes wrong with it.

    Args:
        domain_id: ROS domain of the stack.
    """

    def __init__(self, domain_id: int) -> None:
        super().__init__(domain_id)
        self.velocity = (0.0, 0.0, 0.0)
        self.commands = "none"
        """Fault of the velocity commands."""
        self.faults: list[tuple[float, str]] = []
        """What the executor said was wrong, and when that was heard (monotonic, s)."""
        self.modes: list[tuple[float, str]] = []
        """Modes, likewise."""
        self.tilt_deg = 0.0
        """Of the trunk, degrees."""
        self.targets: deque[tuple[float, list[float]]] = deque(maxlen=1000)
        """Joint targets of the newest ticks, rad, and when they were heard."""
        self.spoiler = ChunkSpoiler(random.Random(3))
        self._setters: dict[str, Client] = {
            node: self._node.create_client(SetParametersAtomically, f"{node}/set_parameters_atomically")
            for node in NODES
        }
        self._getters: dict[str, Client] = {
            node: self._node.create_client(GetParameters, f"{node}/get_parameters") for node in NODES
        }
        self._clock = self._node.create_publisher(Clock, "/clock", 10)
        self._node.create_subscription(JointState, "joint_targets", self._on_targets, qos_profile_sensor_data)
        self._chunks = self._node.create_publisher(JointTrajectory, "plan_chunk", QoSProfile(depth=1))
        self._node.create_subscription(JointTrajectory, "plan_chunk/true", self._relay, QoSProfile(depth=1))
        self._node.create_subscription(String, "fault", self._on_fault, 50)
        self._node.create_subscription(Imu, "imu/data", self._on_imu, qos_profile_sensor_data)
        self._node.create_timer(COMMAND_PERIOD_S, self._command)
        self._count = 0
        self._newest: JointTrajectory | None = None

    def set(self, node: str, values: Mapping[str, Any]) -> Future:
        """Set parameters of a node, all or none; the result is a ``SetParametersAtomically.Response``."""
        changes = [Parameter(name, value=value).to_parameter_msg() for name, value in values.items()]
        return self._setters[node].call_async(SetParametersAtomically.Request(parameters=changes))

    def get(self, node: str, names: Sequence[str]) -> Future:
        """Parameters of a node; the result is a ``GetParameters.Response``."""
        return self._getters[node].call_async(GetParameters.Request(names=list(names)))

    def tell_time(self, time_s: float) -> None:
        """What the time is, to nodes that follow /clock."""
        clock: Any = Clock()
        clock.clock.sec = int(time_s)
        self._clock.publish(clock)

    def throw(self, count: int, generator: random.Random) -> int:
        """Publish garbage made of the newest chunk, as fast as it goes; returns how many."""
        if self._newest is None:
            return 0
        spoiler = ChunkSpoiler(generator)
        for _ in range(count):
            self._chunks.publish(spoiler.garbage(self._newest))
        return count

    def _on_mode(self, message: String) -> None:
        super()._on_mode(message)
        self.modes.append((time.monotonic(), message.data))

    def _on_fault(self, message: String) -> None:
        self.faults.append((time.monotonic(), message.data))

    def _on_targets(self, message: JointState) -> None:
        self.targets.append((time.monotonic(), list(message.position)))

    def _on_imu(self, message: Imu) -> None:
        x, y = message.orientation.x, message.orientation.y
        self.tilt_deg = math.degrees(math.acos(min(max(1.0 - 2.0 * (x * x + y * y), -1.0), 1.0)))

    def _relay(self, message: JointTrajectory) -> None:
        self._newest = message
        for spoilt in self.spoiler.spoil(message, time.monotonic()):
            self._chunks.publish(spoilt)

    def _command(self) -> None:
        for late in self.spoiler.due(time.monotonic()):
            self._chunks.publish(late)
        self._count += 1
        v_x, v_y, yaw_rate = self.velocity
        if self.commands == "off" or (self.commands == "slow" and self._count % 20):
            return
        if self.commands == "intermittent" and self._count // 8 % 2:
            return
        if self.commands == "garbage":
            v_x = float("nan")
        if self.commands == "wrong":
            v_x = 50.0
        twist: Any = Twist()
        twist.linear.x, twist.linear.y, twist.angular.z = v_x, v_y, yaw_rate
        self._cmd_vel.publish(twist)
