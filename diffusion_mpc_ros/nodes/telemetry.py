"""The executor's topics for operators: what the robot measures, what it is told, what was expected of it, and which
mode and plan it is in.
"""

from builtin_interfaces.msg import Time
from rclpy.node import Node
from std_msgs.msg import String
from trajectory_msgs.msg import JointTrajectory

from diffusion_mpc_ros.execution.control_output import ControlOutput, ExecutedPlan
from diffusion_mpc_ros.execution.predictions import Predictions
from diffusion_mpc_ros.nodes import interface, messages
from diffusion_mpc_ros.nodes.action_latency import ActionLatency
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.robot.state import RobotState
from diffusion_mpc_ros.safety.faults import Fault
from diffusion_mpc_ros.safety.supervisor import Mode

FIRST_USE = ("plan_tick", "first_tick", "age_ticks", "age_ms", "margin_left_ticks", "late_chunks", "latency_ms")
"""Numbers of a plan's first use."""
LOG_PERIOD_S = 2.0
"""Least time between two warnings of one kind, s."""


class Telemetry:
    """Publishes on behalf of the control thread. What it hears, of predictions, never leaves it but for plots."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._joint_states = interface.publisher(node, interface.JOINT_STATES)
        self._joint_targets = interface.publisher(node, interface.JOINT_TARGETS)
        self._imu = interface.publisher(node, interface.IMU)
        self._battery = interface.publisher(node, interface.BATTERY)
        self._mode = interface.publisher(node, interface.MODE)
        self._fault = interface.publisher(node, interface.FAULT)
        self._first_uses = interface.publisher(node, interface.EXECUTION_TELEMETRY)
        self._predicted = interface.publisher(node, interface.PREDICTED_JOINT_STATES)
        self._last_mode: Mode | None = None
        self._last_faults: frozenset[Fault] = frozenset()
        self._last_plan: tuple[str, int] | None = None
        self._predictions = Predictions()
        self.predictions_rejected = 0
        """Messages that made no prediction."""
        interface.subscribe(node, interface.PLAN_STATES, self._on_prediction)

    def publish(self, state: RobotState, output: ControlOutput, latency: ActionLatency) -> None:
        """One control tick; ``latency`` knows that of the plan in use."""
        stamp = self._node.get_clock().now().to_msg()
        self._joint_states.publish(messages.joint_state(state, stamp))
        self._joint_targets.publish(messages.joint_target(output.target.q, stamp))
        self._imu.publish(messages.imu(state, stamp))
        if output.plan is not None:
            self._publish_plan(output.plan, output.late_chunks, latency, stamp)
        for finding in output.findings:
            if finding.fault not in self._last_faults:
                self._fault.publish(String(data=f"{finding.fault.value}: {finding.text}"))
                self._node.get_logger().warning(finding.text, throttle_duration_sec=LOG_PERIOD_S)
        self._last_faults = frozenset(finding.fault for finding in output.findings)
        if output.mode is not self._last_mode:
            self._last_mode = output.mode
            self._mode.publish(String(data=output.mode.value))
            self._announce(output)

    def publish_battery(self, state: RobotState) -> None:
        """Charge and voltage, which change slowly."""
        self._battery.publish(messages.battery(state, self._node.get_clock().now().to_msg()))

    def _publish_plan(self, plan: ExecutedPlan, late_chunks: int, latency: ActionLatency, stamp: Time) -> None:
        predicted = self._predictions.state(plan)
        if predicted is not None:
            self._predicted.publish(messages.predicted_joint_state(predicted, stamp))
        if (plan.epoch, plan.start_tick) != self._last_plan:
            self._last_plan = plan.epoch, plan.start_tick
            age = plan.tick - plan.start_tick
            latency_ms = 1e3 * latency.of(self._last_plan)
            values = plan.start_tick, plan.tick, age, 1e3 * DT * age, plan.margin_left, late_chunks, latency_ms
            self._first_uses.publish(messages.named_numbers(FIRST_USE, [*map(float, values)], plan.epoch, stamp))

    def _on_prediction(self, message: JointTrajectory) -> None:
        try:
            self._predictions.add(messages.prediction_from_message(message))
        except messages.MessageError as error:
            self.predictions_rejected += 1
            self._node.get_logger().warning(f"prediction ignored: {error}", throttle_duration_sec=LOG_PERIOD_S)

    def _announce(self, output: ControlOutput) -> None:
        text = f"{output.mode.value}: {output.reason}"
        # rclpy ties a severity to the line of code that logs: one line each.
        if output.mode is Mode.DAMPING:
            self._node.get_logger().warning(text)
        else:
            self._node.get_logger().info(text)
