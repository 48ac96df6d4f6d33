"""The planner's objective as live ROS parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.parameter import Parameter

from diffusion_mpc_ros.nodes.live_node import LiveNode
from diffusion_mpc_ros.nodes.parameters import declare, meant
from diffusion_mpc_ros.planning.live_objective import LiveObjective
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema
from diffusion_mpc_ros.planning.parameters import Value


class ObjectiveParameters:
    """Declares the objective's parameters; every set call is judged as a whole and takes effect as a whole.

    A call that would make no objective is rejected with the reason, and changes nothing. What is accepted is stored in
    the parameter's own type. ``objective`` is an immutable snapshot, replaced by accepted calls: read it once a plan.

    Raises:
        ObjectiveError: the parameters the node was started with make no objective.
    """

    def __init__(self, node: LiveNode, schema: ObjectiveSchema) -> None:
        self._node = node
        self._specs = {spec.name: spec for spec in schema.specs}
        values = {spec.name: declare(node, spec) for spec in schema.specs}
        # ROS ignores in silence what a file gives to no parameter: to a misspelt one, to a term that the model lacks.
        strays = {name: None for name in node.given if schema.claims(name) and name not in self._specs}
        self._live = LiveObjective.of(schema, values | strays)
        node.store([_parameter(name, value) for name, value in self._live.values.items()])
        node.judge_by(self._judge)

    @property
    def live(self) -> LiveObjective:
        """What the parameters hold, and what is in force."""
        return self._live

    @property
    def objective(self) -> Objective:
        """The objective in force."""
        return self._live.objective

    def set(self, changes: Mapping[str, Any], others: Sequence[Parameter] = ()) -> SetParametersResult:
        """Change parameters of the objective, and other parameters of the node with them, or nothing.

        Args:
            changes: values of the objective's parameters.
            others: further parameters, which ROS judges.
        """
        try:
            live = self._live.after(changes)
        except ObjectiveError as error:
            return SetParametersResult(successful=False, reason=str(error))
        result = self._node.store([*others, *(_parameter(name, live.values[name]) for name in changes)])
        if result.successful:
            if live.waiting and live.waiting != self._live.waiting:
                self._node.get_logger().warning("; ".join(live.waiting))
            self._live = live
            result.reason = "; ".join(live.waiting)
        return result

    def _judge(self, changes: list[Parameter]) -> SetParametersResult:
        mine: dict[str, Any] = {}
        others = []
        for change in changes:
            if change.name in self._specs or not self._node.has_parameter(change.name):
                mine[change.name] = meant(change.value, self._specs.get(change.name))
            else:
                others.append(change)
        return self.set(mine, others)


def _parameter(name: str, value: Value) -> Parameter:
    return Parameter(name, value=list(value) if isinstance(value, tuple) else value)
