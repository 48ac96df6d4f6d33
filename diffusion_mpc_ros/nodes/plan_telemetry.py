"""The planner's topics for operators: what each plan tells of itself, and the states that it expects."""

from collections.abc import Sequence

from builtin_interfaces.msg import Time
from rclpy.node import Node

from diffusion_mpc_ros.execution.control_output import PlanRequest
from diffusion_mpc_ros.execution.predictions import PredictedStates
from diffusion_mpc_ros.nodes import interface, messages
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.plan_report import PlanReport
from diffusion_mpc_ros.planning.planner import Plan
from diffusion_mpc_ros.planning.trajectory import STATE


class PlanTelemetry:
    """Publishes on behalf of the planning thread, once a plan's chunk is on its way.

    Args:
        node: publishes.
        terms: names of all reward terms.
    """

    def __init__(self, node: Node, terms: Sequence[str]) -> None:
        self._report = PlanReport(tuple(terms))
        self._numbers = interface.publisher(node, interface.PLAN_TELEMETRY)
        self._states = interface.publisher(node, interface.PLAN_STATES)

    def publish(self, request: PlanRequest, plan: Plan, objective: Objective, stamp: Time) -> None:
        """One plan of one robot; ``stamp`` is that of the observation."""
        predicted = PredictedStates(request.epoch, request.tick, plan.tau[0, :, STATE])
        self._states.publish(messages.prediction_to_message(predicted, stamp))
        (row,) = self._report.rows(plan, objective.reward, request.tick).tolist()
        self._numbers.publish(messages.named_numbers(self._report.names, row, request.epoch, stamp))
