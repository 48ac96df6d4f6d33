"""The executor as a ROS node: the 50 Hz control loop between operator, planner and robot."""

import secrets
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import Twist
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory

from diffusion_mpc_ros.execution.controller import Controller
from diffusion_mpc_ros.execution.velocity_command import VelocityCommand
from diffusion_mpc_ros.execution.walk_limits import WalkLimits
from diffusion_mpc_ros.nodes import diagnostics, interface, messages, middleware
from diffusion_mpc_ros.nodes.action_latency import ActionLatency
from diffusion_mpc_ros.nodes.executor_parameters import ExecutorParameters
from diffusion_mpc_ros.nodes.live_node import LiveNode
from diffusion_mpc_ros.nodes.parameters import ParameterError
from diffusion_mpc_ros.nodes.process import StartError, run
from diffusion_mpc_ros.nodes.remote_control import RemoteControl
from diffusion_mpc_ros.nodes.surroundings import Surroundings
from diffusion_mpc_ros.nodes.telemetry import Telemetry
from diffusion_mpc_ros.nodes.walk_limit_parameters import WalkLimitParameters
from diffusion_mpc_ros.planning.observation import projected_gravity
from diffusion_mpc_ros.robot.dds import LinkError
from diffusion_mpc_ros.robot.guardian_client import GuardianClient
from diffusion_mpc_ros.robot.link import Go2Link
from diffusion_mpc_ros.robot.metronome import Metronome
from diffusion_mpc_ros.robot.posture import is_level, tilt_deg
from diffusion_mpc_ros.robot.spec import JOINTS
from diffusion_mpc_ros.robot.sport_mode import SportMode, SportModeError
from diffusion_mpc_ros.safety.faults import Fault, arming_obstacle
from diffusion_mpc_ros.safety.measurement import Measurement
from diffusion_mpc_ros.safety.supervisor import Mode, Request

DESCRIPTION = (
    "Controls a Go2 at 50 Hz: stands up, executes the planner's chunks, sits down. Lay the robot down first: its sport "
    "mode is released at the start and restored at the end. Parameters: network_interface (required), domain_id, and "
    "those of the controller, all described by `ros2 param describe`."
)
SWITCH_INTERVAL_S = 0.0005
"""How long a thread may keep the interpreter while others want it. The default, 5 ms, is longer than two of the 500 Hz
frames that the writer thread owes the robot."""
SIT_TIMEOUT_S = 3.5
DAMPING_S = 1.0
"""With ``SIT_TIMEOUT_S`` within the 5 s that launch waits after SIGINT before it sends SIGTERM."""
ROBOT_GONE_S = 0.5
"""Age of the robot's state from which nobody is expected to answer any more, s."""
POLL_S = 0.02
MENDED_BY_ARMING = frozenset({Fault.DEPOSED, Fault.GUARDIAN_LOST, Fault.LOOP_HUNG, Fault.WRITES_FAIL})
"""Faults that are over once the guardian grants the right to command anew."""
LOG_PERIOD_S = 2.0
"""Least time between two warnings of one kind, s."""


class ExecutorNode:
    """Owns the robot from start to end.

    Two threads meet in the controller, and share its lock: the control loop, and ROS callbacks.

    Raises:
        StartError: wrong parameters, no robot, one that does not lie, or a sport mode that cannot be released.
    """

    def __init__(self) -> None:
        node = LiveNode("executor")
        self.node: Node = node
        try:
            settings = ExecutorParameters.declare(self.node)
            self._controller = Controller(JOINTS, settings.controller, lambda: secrets.token_hex(4))
            self._lock = threading.Lock()
            WalkLimitParameters(node, JOINTS, self._limit)
        except ParameterError as error:
            raise StartError(str(error)) from error
        obstacle = middleware.obstacle(node.context.get_domain_id(), settings.domain_id)
        if obstacle is not None:
            raise StartError(obstacle)
        self._remote = RemoteControl()
        self._command: VelocityCommand | None = None
        self._latency = ActionLatency()
        self._ending, self._ended = threading.Event(), threading.Event()
        self._ticks = self._ticks_reported = self._missed_ticks = 0
        self._reported_s = time.monotonic()
        self._telemetry = Telemetry(self.node)
        self._requests = interface.publisher(self.node, interface.PLAN_REQUEST)
        self._diagnostics = interface.publisher(self.node, interface.DIAGNOSTICS)
        interface.subscribe(self.node, interface.PLAN_CHUNK, self._on_chunk)
        interface.subscribe(self.node, interface.CMD_VEL, self._on_command)
        for request in Request:
            self.node.create_service(Trigger, f"~/{request.value}", self._service(request))
        self.node.create_timer(diagnostics.PERIOD_S, self._report, clock=Clock(clock_type=ClockType.STEADY_TIME))
        # The robot comes last: whatever fails before leaves it to its own controller.
        where = settings.network_interface, settings.domain_id
        self._guardian = GuardianClient(*where)
        self._link = Go2Link(self._guardian, *where, settings.controller.damping_kd, settings.hang_s)
        self._sport_mode = self._take_robot(settings.robot_timeout_s)
        self._surroundings = Surroundings(self._guardian, self._link, Path.home())
        self._surroundings.look()
        self.node.get_logger().info(f"ready: robot on {settings.network_interface}, domain {settings.domain_id}")

    def run(self) -> None:
        """The control loop; however it ends, the robot is damped from that tick on."""
        tick = 0
        beat = Metronome(messages.TICK_NS)
        try:
            while not self._ending.is_set():
                self._step(tick)
                self._ticks += 1
                tick += 1 + beat.wait()
                self._missed_ticks = beat.skipped
        finally:
            try:
                self._link.damp()
            finally:
                self._ended.set()  # also when the link is broken: ``stop`` waits for it

    def stop(self) -> None:
        """Sit down if the robot is up, then end the control loop."""
        deadline = time.monotonic() + SIT_TIMEOUT_S
        if self._controller.mode.holds_pose:
            self._request(Request.SIT)
        while self._controller.mode.holds_pose and time.monotonic() < deadline and not self._ended.is_set():
            time.sleep(POLL_S)
        self._ending.set()
        self._ended.wait()

    def close(self) -> None:
        """Damp, fall silent, and give the robot back to its own controller."""
        self._link.close(DAMPING_S)
        self._surroundings.close()
        if self._guardian.deposed:
            self.node.get_logger().error("the guardian damps the robot: its sport mode is not restored")
            return
        state, age_s = self._link.latest()
        if age_s > ROBOT_GONE_S:
            self.node.get_logger().error("the robot has fallen silent: its sport mode is not restored")
            return
        if not is_level(state):
            self.node.get_logger().error(
                f"the robot is tilted by {tilt_deg(state):.0f} degrees: its sport mode, which might try to stand up, "
                "is not restored; put the robot on its belly, then select the mode in the app or restart the robot"
            )
            return
        try:
            self._sport_mode.restore()
        except SportModeError as error:
            self.node.get_logger().error(str(error))

    def _take_robot(self, timeout_s: float) -> SportMode:
        try:
            self._link.start(timeout_s)
            sport_mode = SportMode()
            state, _ = self._link.latest()
            sport_mode.release(state)
        except (LinkError, SportModeError) as error:
            self._link.close()
            raise StartError(str(error)) from error
        return sport_mode

    def _step(self, tick: int) -> None:
        state, age_s = self._link.latest()
        measurement = Measurement(state.q, state.dq, projected_gravity(state.quaternion), state.angular_velocity, age_s)
        now_s = time.monotonic()
        pressed = self._remote.request(state.remote)
        if pressed is not None:
            self._request(pressed)
        limits = self._controller.limits
        command = self._remote.command(state.remote, now_s, self._command, limits.command_limit)
        conditions = self._surroundings.conditions(state)
        with self._lock:
            output = self._controller.step(tick, now_s, measurement, command, conditions)
            self._link.set_target(output.target.q, output.target.kp, output.target.kd)
            if output.plan is not None:
                self._latency.acted((output.plan.epoch, output.plan.start_tick), time.monotonic())
            if output.plan_request is not None:
                self._latency.asked((output.plan_request.epoch, output.plan_request.tick), now_s)
        if output.plan_request is not None:
            stamp = self.node.get_clock().now().to_msg()
            self._requests.publish(messages.request_to_message(output.plan_request, stamp))
        self._telemetry.publish(state, output, self._latency)

    def _limit(self, limits: WalkLimits) -> None:
        with self._lock:
            self._controller.limit(limits)

    def _request(self, request: Request) -> tuple[bool, str]:
        """Whether the request was accepted, and why or why not."""
        with self._lock:
            refusal = self._arm() if request is Request.STAND else None
            if refusal is None:
                answer = self._controller.request(request)
                accepted, reason = answer.accepted, answer.reason
                if request is Request.DAMP:
                    self._link.damp()  # not only at the next tick
            else:
                accepted, reason = False, f"stand refused while {self._controller.mode.value}: {refusal}"
        if not accepted:
            self.node.get_logger().warning(reason)
        return accepted, reason

    def _arm(self) -> str | None:
        """Get the right to command, if the robot may be armed but for that; why not, or None."""
        if self._controller.mode.holds_pose:
            return None  # it is armed, and must be able to stop walking whatever is wrong
        others = [finding for finding in self._controller.findings if finding.fault not in MENDED_BY_ARMING]
        obstacle = arming_obstacle(others)
        if obstacle is not None:
            return obstacle.text
        try:
            self._guardian.arm()
        except LinkError as error:
            return str(error)
        self._link.resume()
        self._controller.rearmed(MENDED_BY_ARMING)
        return None

    def _service(self, request: Request) -> Callable[[Trigger.Request, Trigger.Response], Trigger.Response]:
        def answer(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            response.success, response.message = self._request(request)
            return response

        return answer

    def _on_command(self, message: Twist) -> None:
        try:
            self._command = messages.velocity_command(message, time.monotonic())
        except ValueError as error:
            self.node.get_logger().warning(f"cmd_vel rejected: {error}", throttle_duration_sec=LOG_PERIOD_S)

    def _on_chunk(self, message: JointTrajectory) -> None:
        try:
            chunk = messages.chunk_from_message(message)
        except messages.MessageError as error:
            with self._lock:
                self._controller.count_malformed_chunk()
            self.node.get_logger().warning(f"chunk rejected: {error}", throttle_duration_sec=LOG_PERIOD_S)
            return
        with self._lock:
            if self._controller.receive(chunk).is_accepted and (target := self._controller.revise()) is not None:
                self._link.set_target(target.q, target.kp, target.kd)
                self._latency.acted((chunk.epoch, chunk.start_tick), time.monotonic())

    def _report(self) -> None:
        now_s, ticks = time.monotonic(), self._ticks
        rate = (ticks - self._ticks_reported) / (now_s - self._reported_s)
        self._ticks_reported, self._reported_s = ticks, now_s
        with self._lock:
            mode, reason, counters = self._controller.mode, self._controller.reason, self._controller.counters
            findings = self._controller.findings
        self._surroundings.look()
        state, age_s = self._link.latest()
        link = self._link.counters
        values = {
            "mode": mode.value,
            "control_rate_hz": f"{rate:.2f}",
            "ticks": ticks,
            "missed_ticks": self._missed_ticks,
            **self._latency.window.summary("observation_to_action"),
            "plans_requested": counters.plans_requested,
            "late_chunks": counters.chunks_late,
            "expired_chunks": counters.chunks_expired,
            "rejected_chunks": counters.chunks_rejected,
            "rejected_predictions": self._telemetry.predictions_rejected,
            "bridged_ticks": counters.ticks_bridged,
            "clipped_targets": counters.targets_clipped,
            "state_age_ms": f"{1e3 * age_s:.1f}",
            "states_received": link.received,
            "states_dropped": sum(link.dropped.values()),
            "commands_written": link.written,
            "command_write_failures": link.write_failures,
            "late_command_writes": link.late_writes,
            "faults": "; ".join(f"{finding.fault.value}: {finding.text}" for finding in findings),
        }
        message = diagnostics.report(
            stamp=self.node.get_clock().now().to_msg(),
            name=f"{self.node.get_fully_qualified_name()}: control",
            hardware="Go2",
            level=DiagnosticStatus.WARN if mode is Mode.DAMPING or findings else DiagnosticStatus.OK,
            message=f"{mode.value}: {reason}",
            values=values,
        )
        self._diagnostics.publish(message)
        self._telemetry.publish_battery(state)


def main(args: Sequence[str] | None = None) -> int:
    """Console script ``executor``."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    return run("executor", DESCRIPTION, ExecutorNode, args)


if __name__ == "__main__":
    sys.exit(main())
