"""The ROS interface: every topic of the stack with its type and quality of service.

Names are relative to the node's namespace, except ``/diagnostics``, which operators expect at the root. The bag
recorder of the launch files records exactly this table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import Twist
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSDurabilityPolicy, QoSProfile, QoSReliabilityPolicy
from sensor_msgs.msg import BatteryState, Imu, JointState
from std_msgs.msg import String
from trajectory_msgs.msg import JointTrajectory

NEWEST = QoSProfile(depth=1, reliability=QoSReliabilityPolicy.RELIABLE)
"""Commands and requests: delivered, and an older one is worthless once a newer one is there."""
RELIABLE = QoSProfile(depth=10, reliability=QoSReliabilityPolicy.RELIABLE)
SENSOR = QoSProfile(depth=5, reliability=QoSReliabilityPolicy.BEST_EFFORT)
LATCHED = QoSProfile(depth=1, reliability=QoSReliabilityPolicy.RELIABLE, durability=QoSDurabilityPolicy.TRANSIENT_LOCAL)


@dataclass(frozen=True)
class Topic:
    """A topic: its name, message type and quality of service, the same at both ends."""

    name: str
    type: type
    qos: QoSProfile


CMD_VEL = Topic("cmd_vel", Twist, NEWEST)
PLAN_REQUEST = Topic("plan_request", JointTrajectory, NEWEST)
PLAN_CHUNK = Topic("plan_chunk", JointTrajectory, NEWEST)
PLAN_STATES = Topic("plan_states", JointTrajectory, NEWEST)
PLAN_TELEMETRY = Topic("plan_telemetry", JointState, RELIABLE)
EXECUTION_TELEMETRY = Topic("execution_telemetry", JointState, RELIABLE)
JOINT_STATES = Topic("joint_states", JointState, SENSOR)
JOINT_TARGETS = Topic("joint_targets", JointState, SENSOR)
PREDICTED_JOINT_STATES = Topic("predicted_joint_states", JointState, SENSOR)
IMU = Topic("imu/data", Imu, SENSOR)
BATTERY = Topic("battery_state", BatteryState, SENSOR)
MODE = Topic("mode", String, LATCHED)
FAULT = Topic("fault", String, RELIABLE)
DIAGNOSTICS = Topic("/diagnostics", DiagnosticArray, RELIABLE)

TOPICS = (
    CMD_VEL,
    PLAN_REQUEST,
    PLAN_CHUNK,
    PLAN_STATES,
    PLAN_TELEMETRY,
    EXECUTION_TELEMETRY,
    JOINT_STATES,
    JOINT_TARGETS,
    PREDICTED_JOINT_STATES,
    IMU,
    BATTERY,
    MODE,
    FAULT,
    DIAGNOSTICS,
)


def topic_pattern(namespace: str) -> str:
    """A regular expression that matches the full names of all these topics and of the log, and no other name."""
    prefix = "".join(f"/{part}" for part in namespace.split("/") if part)
    names = [topic.name if topic.name.startswith("/") else f"{prefix}/{topic.name}" for topic in TOPICS]
    return f"^({'|'.join([*names, '/rosout'])})$"


def publisher(node: Node, topic: Topic) -> Publisher:
    """A publisher of one of the topics above."""
    return node.create_publisher(topic.type, topic.name, topic.qos)


def subscribe(node: Node, topic: Topic, callback: Callable[[Any], None]) -> None:
    """Have one of the topics above call back."""
    node.create_subscription(topic.type, topic.name, callback, topic.qos)
