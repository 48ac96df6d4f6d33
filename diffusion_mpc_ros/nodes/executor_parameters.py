"""The executor's parameters that are read once, at start; walk_limit_parameters.py has those that are live."""

from dataclasses import dataclass

from rclpy.node import Node

from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.nodes.parameters import ParameterError, read, read_text
from diffusion_mpc_ros.planning.parameters import ParameterSpec, Range
from diffusion_mpc_ros.robot.dds import MAX_DOMAIN_ID
from diffusion_mpc_ros.robot.link import HANG_S
from diffusion_mpc_ros.safety.hard_limits import MAX_DAMPING_KD, MAX_STEP


def _controller(name: str, text: str, bounds: Range | None = None) -> ParameterSpec:
    return ParameterSpec(name, getattr(ControllerConfig, name), text, bounds, read_only=True)


DOMAIN_ID = ParameterSpec(
    "domain_id", 0, "DDS domain of the robot's own topics; 0 on a Go2", (0, MAX_DOMAIN_ID), read_only=True
)
ROBOT_TIMEOUT = ParameterSpec(
    "robot_timeout_s", 3.0, "Time to wait for the robot's first state at the start, s", (0.1, 120.0), read_only=True
)
HANG = ParameterSpec(
    "hang_s",
    HANG_S,
    "Time without a control tick after which the writer damps by itself, s",
    (0.1, 2.0),
    read_only=True,
)
CONNECTION = (DOMAIN_ID, ROBOT_TIMEOUT, HANG)
CONTROLLER = (
    _controller("command_timeout_s", "Age from which a velocity command counts as zero, s", (0.02, 10.0)),
    _controller(
        "margin",
        "Control ticks a plan may take before it takes over (D); 0: as soon as it comes",
        (0, 10),
    ),
    _controller("replan_period", "Control ticks from one plan to the next; 0: when D are left of the newest", (0, 50)),
    _controller("commits", "Plans go on from the D actions that are executed while they are made"),
    _controller("grace_ticks", "Control ticks a walk goes on without a plan before the robot stands", (0, 50)),
    _controller("first_plan_ticks", "Control ticks a walk waits for its first plan", (1, 500)),
    _controller("max_age_ticks", "Age of a plan's observation from which it is not begun, control ticks", (1, 50)),
    _controller("max_rejects", "Chunks refused in a row that end a walk", (1, 100)),
    _controller("max_out_of_range", "Control ticks of 50 whose target may be beyond a joint's range", (0, 50)),
    _controller("max_missed_ticks", "Control ticks in a row that may be missed", (0, 50)),
    _controller("command_hold_s", "Age of the last velocity command from which the walk ends, s", (0.1, 600.0)),
    _controller("unattended_s", "Time the robot stands after a fault before it lies down, s", (1.0, 3600.0)),
    _controller("late_state_age_s", "Age of the robot's state from which nothing is planned from it, s", (0.02, 1.0)),
    _controller("max_state_age_s", "Age from which the robot's state counts as lost, s", (0.02, 1.0)),
    _controller("guardian_age_s", "Silence from which the guardian counts as dead, s", (0.02, 1.0)),
    _controller("max_write_failures", "Commands in a row that may not be sent", (0, 100)),
    _controller("overspeed", "Joint speed that ends in damping, multiple of the motor's peak speed", (1.0, 5.0)),
    _controller("overspeed_ticks", "Control ticks in a row it takes", (1, 50)),
    _controller("motor_warm_c", "Motor temperature that warns and forbids arming, degrees Celsius", (30.0, 90.0)),
    _controller("motor_hot_c", "Motor temperature that lays the robot down, degrees Celsius", (30.0, 95.0)),
    _controller("battery_low_percent", "Charge that warns and forbids arming, per cent", (0.0, 100.0)),
    _controller("battery_critical_percent", "Charge that lays the robot down, per cent", (0.0, 100.0)),
    _controller("min_free_mb", "Room for logs below which the operator is warned, MB", (0.0, 10_000_000.0)),
    _controller("tilt_limit_deg", "Tilt that ends in damping when it lasts tilt_ticks, degrees", (10.0, 180.0)),
    _controller("tilt_ticks", "Control ticks the robot may be tilted", (1, 100)),
    _controller("fall_limit_deg", "Tilt that ends in damping at once, degrees", (10.0, 180.0)),
    _controller("limit_margin", "Distance of joint targets from the mechanical limits, rad", (0.0, 0.2)),
    _controller("max_step", "Largest change of a joint target in one control tick, rad", (0.01, MAX_STEP)),
    _controller("damping_kd", "Derivative gain while damping, N m s/rad", (0.1, MAX_DAMPING_KD)),
    _controller("fold_s", "Standing up: time to the folded pose, s", (0.2, 10.0)),
    _controller("rise_s", "Standing up: time from the folded pose to the standing one, s", (0.2, 10.0)),
    _controller("settle_s", "Time from walking to the standing pose, s", (0.1, 10.0)),
    _controller("sit_s", "Sitting down: time from the standing pose to the folded one, s", (0.2, 10.0)),
)


@dataclass(frozen=True)
class ExecutorParameters:
    """What the executor is started with."""

    network_interface: str
    """Where the robot is."""
    domain_id: int
    """DDS domain of the robot's topics."""
    robot_timeout_s: float
    """How long to wait for it, s."""
    hang_s: float
    """When the writer stops waiting for the control loop, s."""
    controller: ControllerConfig

    @classmethod
    def declare(cls, node: Node) -> "ExecutorParameters":
        """Declare all parameters and read them.

        Raises:
            ParameterError: naming what is missing or wrong.
        """
        interface = read_text(node, "network_interface", "Network interface the robot is connected to, e.g. eth0")
        connection = read(node, CONNECTION)
        try:
            controller = ControllerConfig(**read(node, CONTROLLER))
        except ValueError as error:
            raise ParameterError(str(error)) from error
        return cls(interface, **connection, controller=controller)
