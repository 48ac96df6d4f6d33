"""An operator who changes what the planner plans for while the robot walks, and listens to what comes of it."""

from collections.abc import Mapping
from typing import Any

from builtin_interfaces.msg import Time
from rcl_interfaces.srv import SetParametersAtomically
from rclpy.client import Client
from rclpy.parameter import Parameter
from rclpy.qos import qos_profile_sensor_data
from rclpy.task import Future
from sensor_msgs.msg import JointState

from diffusion_mpc_ros.demo.obedience import LiveRecord, PlanUse, SetCall
from diffusion_mpc_ros.demo.operator import Operator
from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES, joint_indices

REAR_CALVES = [JOINT_NAMES[index] for index in joint_indices(("RR", "RL"), ("calf",))]


class LiveOperator(Operator):
    """Also sets the planner's parameters, all of a call together or none.

    Args:
        domain_id: ROS domain of the stack.
    """

    def __init__(self, domain_id: int) -> None:
        super().__init__(domain_id)
        self.record = LiveRecord()
        """What was heard."""
        self.calls: list[SetCall] = []
        """The set calls that returned."""
        self.refusals: list[str] = []
        """Why set calls were refused."""
        self._set: Client = self._node.create_client(SetParametersAtomically, "planner/set_parameters_atomically")
        self._node.create_subscription(JointState, "plan_telemetry", self._on_plan, 10)
        self._node.create_subscription(JointState, "execution_telemetry", self._on_use, 10)
        self._node.create_subscription(JointState, "joint_states", self._on_joints, qos_profile_sensor_data)

    def __enter__(self) -> "LiveOperator":
        return self

    def set_parameters(self, values: Mapping[str, Any]) -> None:
        """Sends a set call; its answer is noted when it comes."""
        changes = [Parameter(name, value=value).to_parameter_msg() for name, value in values.items()]
        made = self._now()

        def on_answer(answer: Future) -> None:
            self.calls.append(SetCall(made, self._now()))
            response: SetParametersAtomically.Response = answer.result()
            if not response.result.successful:
                self.refusals.append(response.result.reason)

        self._set.call_async(SetParametersAtomically.Request(parameters=changes)).add_done_callback(on_answer)

    def _now(self) -> float:
        return float(self._node.get_clock().now().nanoseconds / 1e9)

    def _on_plan(self, message: JointState) -> None:
        told = dict(zip(message.name, message.position, strict=True))
        self.record.revisions[int(told["tick"])] = int(told["revision"])

    def _on_use(self, message: JointState) -> None:
        told = dict(zip(message.name, message.position, strict=True))
        use = PlanUse(_seconds(message.header.stamp), int(told["plan_tick"]), int(told["first_tick"]))
        self.record.uses.append(use)

    def _on_joints(self, message: JointState) -> None:
        angle = dict(zip(message.name, message.position, strict=True))
        mean = sum(angle[name] for name in REAR_CALVES) / len(REAR_CALVES)
        self.record.calves.append((_seconds(message.header.stamp), mean))


def _seconds(stamp: Time) -> float:
    return float(stamp.sec + stamp.nanosec / 1e9)
