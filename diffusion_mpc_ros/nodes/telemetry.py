"""The executor's topics for operators: what the robot measures, what it is told, and which mode it is in."""

from rclpy.node import Node
from std_msgs.msg import String

from diffusion_mpc_ros.execution.control_output import ControlOutput
from diffusion_mpc_ros.nodes import interface, messages
from diffusion_mpc_ros.robot.state import RobotState
from diffusion_mpc_ros.safety.supervisor import Mode


class Telemetry:
    """Publishes on behalf of the control thread."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._joint_states = interface.publisher(node, interface.JOINT_STATES)
        self._joint_targets = interface.publisher(node, interface.JOINT_TARGETS)
        self._imu = interface.publisher(node, interface.IMU)
        self._battery = interface.publisher(node, interface.BATTERY)
        self._mode = interface.publisher(node, interface.MODE)
        self._last_mode: Mode | None = None

    def publish(self, state: RobotState, output: ControlOutput) -> None:
        """One control tick."""
        stamp = self._node.get_clock().now().to_msg()
        self._joint_states.publish(messages.joint_state(state, stamp))
        self._joint_targets.publish(messages.joint_target(output.target.q, stamp))
        self._imu.publish(messages.imu(state, stamp))
        if output.mode is not self._last_mode:
            self._last_mode = output.mode
            self._mode.publish(String(data=output.mode.value))
            self._announce(output)

    def publish_battery(self, state: RobotState) -> None:
        """Charge and voltage, which change slowly."""
        self._battery.publish(messages.battery(state, self._node.get_clock().now().to_msg()))

    def _announce(self, output: ControlOutput) -> None:
        text = f"{output.mode.value}: {output.reason}"
        # rclpy ties a severity to the line of code that logs: one line each.
        if output.mode is Mode.DAMPING:
            self._node.get_logger().warning(text)
        else:
            self._node.get_logger().info(text)
