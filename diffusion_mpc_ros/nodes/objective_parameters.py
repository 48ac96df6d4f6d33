"""The planner's objective as live ROS parameters."""

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from diffusion_mpc_ros.nodes.parameters import declare
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema


class ObjectiveParameters:
    """Declares the objective's parameters; every set call is judged as a whole and takes effect as a whole.

    A call that would make no objective is rejected with the reason, and changes nothing. ``objective`` is an
    immutable snapshot, replaced by accepted calls: read it once a plan.

    Raises:
        ObjectiveError: the parameters the node was started with make no objective.
    """

    def __init__(self, node: Node, schema: ObjectiveSchema) -> None:
        self._schema = schema
        self._values = {spec.name: declare(node, spec) for spec in schema.specs}
        self._objective = schema.objective(self._values)
        node.add_on_set_parameters_callback(self._on_set)

    @property
    def objective(self) -> Objective:
        """The objective in force."""
        return self._objective

    def _on_set(self, changes: list[Parameter]) -> SetParametersResult:
        changed = {change.name: change.value for change in changes if change.name in self._values}
        if not changed:
            return SetParametersResult(successful=True)
        values = self._values | changed
        try:
            objective = self._schema.objective(values, self._objective.revision + 1)
        except ObjectiveError as error:
            return SetParametersResult(successful=False, reason=str(error))
        # Nothing rejects the call after this: rclpy has checked descriptors, and no other callback knows these names.
        self._values, self._objective = values, objective
        return SetParametersResult(successful=True)
