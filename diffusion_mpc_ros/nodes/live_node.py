"""A node whose parameters are judged by their owner before rclpy sees them."""

from collections.abc import Callable, Sequence
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

Judge = Callable[[list[Parameter]], SetParametersResult]


class LiveNode(Node):
    """Hands every set call, from a service or from this process, to its judge as a whole.

    rclpy alone stores an integer where a number is meant, reports only the first mistake, does not name a parameter
    that it does not know, and drops what there is to say about a call that was accepted.
    """

    def __init__(self, name: str, **options: Any) -> None:
        self._judge: Judge = self.store
        super().__init__(name, **options)

    @property
    def given(self) -> Sequence[str]:
        """Names of the parameters that the command line and its files give, whether declared or not."""
        return tuple(self._parameter_overrides)  # rclpy has no public name for them

    def judge_by(self, judge: Judge) -> None:
        """Have set calls answered by ``judge``, which stores what it accepts."""
        self._judge = judge

    def store(self, changes: list[Parameter]) -> SetParametersResult:
        """Set parameters past the judge."""
        return super().set_parameters_atomically(changes)

    def set_parameters_atomically(self, parameter_list: list[Parameter]) -> SetParametersResult:
        """See rclpy."""
        return self._judge(parameter_list)

    def set_parameters(self, parameter_list: list[Parameter]) -> list[SetParametersResult]:
        """See rclpy."""
        return [self.set_parameters_atomically([change]) for change in parameter_list]
