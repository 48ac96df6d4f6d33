"""The operator's side of the ROS interface: commands the executor, listens to what the nodes say of themselves."""

import time
from collections.abc import Callable
from types import TracebackType

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Twist
from rclpy.client import Client
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.signals import SignalHandlerOptions
from rclpy.subscription import MessageInfo
from rclpy.task import Future
from std_msgs.msg import String
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory

from diffusion_mpc_ros.demo.control_report import ControlReport

SERVICES = ("stand", "walk", "sit", "damp")
CONTROL_STATUS = "/executor: control"
"""The executor's status on /diagnostics."""


class Operator:
    """A ROS node on a domain of its own. Nothing runs in the background: ``spin`` handles what has arrived.

    Args:
        domain_id: ROS domain of the stack.
    """

    def __init__(self, domain_id: int) -> None:
        self.mode = ""
        """The executor's mode, empty until it said one."""
        self.latencies_ms: list[float] = []
        """For each plan, from its observation to the publication of its chunk, both stamped where they happened."""
        self.control_reports: list[ControlReport] = []
        """What the executor said of its control loop on /diagnostics, once a second."""
        self._context = rclpy.Context()
        rclpy.init(context=self._context, domain_id=domain_id, signal_handler_options=SignalHandlerOptions.NO)
        self._node = rclpy.create_node("demo", context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._cmd_vel = self._node.create_publisher(Twist, "cmd_vel", 1)
        self._node.create_subscription(String, "mode", self._on_mode, latched)
        self._node.create_subscription(JointTrajectory, "plan_chunk", self._on_chunk, 10)
        self._node.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)
        self._clients: dict[str, Client] = {
            name: self._node.create_client(Trigger, f"executor/{name}") for name in SERVICES
        }

    def executor_ready(self) -> bool:
        """Whether the executor offers its services and has said its mode."""
        return bool(self.mode) and all(client.service_is_ready() for client in self._clients.values())

    def planner_ready(self) -> bool:
        """Whether the planner listens to requests and can be heard."""
        return self._node.count_subscribers("plan_request") > 0 and self._node.count_publishers("plan_chunk") > 0

    def request(self, service: str) -> Future:
        """Calls one of ``SERVICES``; the future's result is a ``Trigger.Response``."""
        return self._clients[service].call_async(Trigger.Request())

    def command(self, v_x: float, v_y: float, yaw_rate: float) -> None:
        """Publishes a velocity command in the body frame: m/s, m/s, rad/s."""
        twist = Twist()
        twist.linear.x, twist.linear.y, twist.angular.z = v_x, v_y, yaw_rate
        self._cmd_vel.publish(twist)

    def spin(self, duration: float, until: Callable[[], bool] = lambda: False) -> None:
        """Handles messages for ``duration`` seconds, or until a condition holds after one of them."""
        deadline = time.monotonic() + duration
        while (left := deadline - time.monotonic()) > 0.0 and not until():
            self._executor.spin_once(timeout_sec=left)

    def _on_mode(self, message: String) -> None:
        self.mode = message.data

    def _on_chunk(self, message: JointTrajectory, info: MessageInfo) -> None:
        observed = message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec
        self.latencies_ms.append((info["source_timestamp"] - observed) / 1e6)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == CONTROL_STATUS:
                values = {pair.key: pair.value for pair in status.values}
                self.control_reports.append(ControlReport.parse(status.message, values))

    def __enter__(self) -> "Operator":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)
