"""The planner as a ROS node: plan requests in, action chunks out."""

import sys
from collections.abc import Sequence

import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from trajectory_msgs.msg import JointTrajectory

from diffusion_mpc_ros.execution.action_chunk import ActionChunk
from diffusion_mpc_ros.nodes import diagnostics, interface, messages, parameters, presets
from diffusion_mpc_ros.nodes.live_node import LiveNode
from diffusion_mpc_ros.nodes.mailbox import Mailbox
from diffusion_mpc_ros.nodes.objective_parameters import ObjectiveParameters
from diffusion_mpc_ros.nodes.plan_telemetry import PlanTelemetry
from diffusion_mpc_ros.nodes.process import StartError, run
from diffusion_mpc_ros.planning.manifest import BundleError
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.parameters import ParameterSpec
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.planning.rewards.installed import RewardTermError
from diffusion_mpc_ros.planning.scheduler import Scheduler
from diffusion_mpc_ros.planning.trajectory import GRAVITY, JOINT_POSITION, PREVIOUS_ACTION, STATE_DIM
from diffusion_mpc_ros.planning.warm_up import warm_up
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.robot.spec import LIMITS, SETUP, STAND_POSE

DESCRIPTION = (
    "Plans on request by diffusion model predictive control. Parameters: model (required: a bundle's name, or a path "
    "with a slash), threads, seed, presets, and those of the objective, all described by `ros2 param describe`."
)
THREADS = ParameterSpec("threads", 1, "Threads that share the candidates of a plan", (1, 64), read_only=True)
SEED = ParameterSpec(
    "seed",
    0,
    "Seed of the planner's noise: the same seed and requests give the same plans",
    (0, 2**31 - 1),
    read_only=True,
)
LOG_PERIOD_S = 2.0
"""Least time between two warnings of one kind, s."""


class PlannerNode:
    """Plans the newest request, in a thread that neither parameter services nor diagnostics wait for.

    Raises:
        StartError: the model bundle or the parameters are unusable.
    """

    def __init__(self) -> None:
        node = LiveNode("planner")
        self.node: Node = node
        try:
            model = parameters.read_text(self.node, "model", "Model bundle: a name under models/, or a path (with a /)")
            settings = parameters.read(self.node, [THREADS, SEED])
            bundle = ModelBundle.load(model_directory(model), SETUP)
            schema = ObjectiveSchema.of(LIMITS, bundle.schedule.num_steps, bundle.resources)
            self._parameters = ObjectiveParameters(node, schema)
            presets.offer(self.node, self._parameters)
        except BundleError as error:
            raise StartError(f"model '{model}': {'; '.join(str(error).splitlines())}") from error
        except (ObjectiveError, RewardTermError, parameters.ParameterError, FileNotFoundError) as error:
            raise StartError(str(error)) from error
        self._model = bundle.manifest.name
        self._planner = Planner(bundle, np.random.default_rng(settings["seed"]), settings["threads"])
        self._scheduler = Scheduler()
        self._epoch = ""
        self._plans = 0
        self._plans_reported = 0
        self._refreshes = 0
        self._rejected = 0
        self._latency = diagnostics.LatencyWindow()
        self._warm_up()
        self._requests: Mailbox[JointTrajectory] = Mailbox()
        self._chunks = interface.publisher(self.node, interface.PLAN_CHUNK)
        self._telemetry = PlanTelemetry(self.node, [term.name for term in self._parameters.live.schema.terms])
        self._diagnostics = interface.publisher(self.node, interface.DIAGNOSTICS)
        interface.subscribe(self.node, interface.PLAN_REQUEST, self._requests.put)
        self.node.create_timer(diagnostics.PERIOD_S, self._report, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self.node.get_logger().info(f"ready: model '{self._model}', horizon {bundle.horizon}")

    def run(self) -> None:
        """Answer requests until stopped."""
        while (message := self._requests.take()) is not None:
            self._answer(message)

    def stop(self) -> None:
        """Stop after the plan in work."""
        self._requests.close()

    def close(self) -> None:
        """Nothing is held beside the node."""

    def _answer(self, message: JointTrajectory) -> None:
        try:
            request = messages.request_from_message(message)
            if request.epoch != self._epoch:
                self._planner.reset()
                self._epoch = request.epoch
            objective = self._scheduler.paced(self._parameters.objective)
            plan = self._planner.plan(request.observation[None], objective, request.tick, request.committed[None])
            chunk = ActionChunk(request.epoch, request.tick, plan.actions[0])
        except ValueError as error:
            self._rejected += 1
            self.node.get_logger().warning(f"no plan: {error}", throttle_duration_sec=LOG_PERIOD_S)
            return
        self._chunks.publish(messages.chunk_to_message(chunk, message.header.stamp))
        self._telemetry.publish(request, plan, objective, message.header.stamp)
        self._plans += 1
        self._refreshes += int(plan.refreshed[0])
        self._latency.add(plan.latency_s["total"])
        self._scheduler.took(plan.latency_s["total"], objective.sampling.deadline_ms)

    def _warm_up(self) -> None:
        standing = np.zeros((1, STATE_DIM), np.float32)
        standing[:, GRAVITY] = 0.0, 0.0, -1.0
        standing[:, JOINT_POSITION] = standing[:, PREVIOUS_ACTION] = STAND_POSE
        self.node.get_logger().info("warming up; the first start after an installation compiles for half a minute")
        warm_up(self._planner, self._parameters.live.schema, self._parameters.objective, standing)

    def _report(self) -> None:
        rate = (self._plans - self._plans_reported) / diagnostics.PERIOD_S
        self._plans_reported = self._plans
        live = self._parameters.live
        values = {
            "model": self._model,
            "plans": self._plans,
            "plan_rate_hz": f"{rate:.1f}",
            **self._latency.summary("plan_latency"),
            "refreshes": self._refreshes,
            "requests_rejected": self._rejected,
            "objective_revision": live.objective.revision,
            "limits_waiting": len(live.waiting),
        }
        activity = "planning" if rate else "idle"
        message = diagnostics.report(
            stamp=self.node.get_clock().now().to_msg(),
            name=f"{self.node.get_fully_qualified_name()}: planning",
            hardware=self._model,
            level=DiagnosticStatus.WARN if live.waiting else DiagnosticStatus.OK,
            message="; ".join([activity, *live.waiting]),
            values=values,
        )
        self._diagnostics.publish(message)


def main(args: Sequence[str] | None = None) -> int:
    """Console script ``planner``."""
    return run("planner", DESCRIPTION, PlannerNode, args)


if __name__ == "__main__":
    sys.exit(main())
