"""Guardian, planner and executor on a Go2: ros2 launch diffusion_mpc_ros go2.launch.py network_interface:=eth0"""

from pathlib import Path

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from launch_ros.substitutions import ExecutableInPackage

from diffusion_mpc_ros.nodes.interface import topic_pattern

PACKAGE = "diffusion_mpc_ros"
CONFIG = Path(__file__).resolve().parent.parent / "config"
PRESETS = {file.stem: str(file) for file in sorted((CONFIG / "objectives").iterdir())}

GUARDIAN_LOG = "~/.ros/log/guardian.log"
GUARDIAN_IDLE_S = "30"
"""The guardian ends so long after its last executor left in order."""

ARGUMENTS = [
    DeclareLaunchArgument("network_interface", description="Network interface the robot is connected to, e.g. eth0."),
    DeclareLaunchArgument(
        "domain_id", default_value="0", description="DDS domain of the robot's own topics (a Go2 uses 0)."
    ),
    DeclareLaunchArgument(
        "model",
        default_value="",
        description="Model bundle, a name under models/ or a path (with a /); empty: that of the parameter files.",
    ),
    DeclareLaunchArgument(
        "objective",
        default_value="",
        choices=["", *PRESETS],
        description="Preset that the planner starts with, one of config/objectives; empty: none.",
    ),
    DeclareLaunchArgument(
        "params_file",
        default_value="",
        description="Parameter file read after the package's own and the preset's; it wins.",
    ),
    DeclareLaunchArgument("namespace", default_value="", description="Namespace of all nodes and relative topics."),
    DeclareLaunchArgument(
        "record",
        default_value="false",
        choices=["true", "false"],
        description="Record an mcap bag of every topic of the stack in the current directory.",
    ),
]


def start(context: LaunchContext) -> list[ExecuteProcess]:
    """Guardian, planner, executor and, if asked for, a recorder.

    The guardian leaves the launch at once, for it has to outlive it. The launch ends with the executor. A planner that
    dies is not started again: the executor stands the robot still and says why.
    """
    chosen = {argument.name: LaunchConfiguration(argument.name).perform(context) for argument in ARGUMENTS}
    site = [chosen["params_file"]] if chosen["params_file"] else []
    preset = [PRESETS[chosen["objective"]]] if chosen["objective"] else []
    model = [_parameters(str, "model")] if chosen["model"] else []
    guardian = ExecuteProcess(
        name="guardian",
        cmd=[
            ExecutableInPackage("guardian", PACKAGE),
            *("--network-interface", chosen["network_interface"], "--domain-id", chosen["domain_id"]),
            *("--idle-s", GUARDIAN_IDLE_S, "--detach", GUARDIAN_LOG),
        ],
        output="both",
    )
    planner = Node(
        package=PACKAGE,
        executable="planner",
        name="planner",
        namespace=chosen["namespace"],
        parameters=[str(CONFIG / "planner.yaml"), *preset, *site, *model],
        output="both",
    )
    executor = Node(
        package=PACKAGE,
        executable="executor",
        name="executor",
        namespace=chosen["namespace"],
        parameters=[
            str(CONFIG / "executor.yaml"),
            *site,
            _parameters(str, "network_interface"),
            _parameters(int, "domain_id"),
        ],
        output="both",
        on_exit=Shutdown(reason="the executor ended"),
    )
    recorder = ExecuteProcess(
        # A pattern is understood by rosbag2 of every distribution; its options for lists of names have changed.
        cmd=["ros2", "bag", "record", "-s", "mcap", "--regex", topic_pattern(chosen["namespace"])],
        name="recorder",
        output="log",
    )
    return [guardian, planner, executor, *([recorder] if chosen["record"] == "true" else [])]


def _parameters(kind: type, name: str) -> dict[str, ParameterValue]:
    """A launch argument as the node parameter of the same name."""
    return {name: ParameterValue(LaunchConfiguration(name), value_type=kind)}


def generate_launch_description() -> LaunchDescription:
    """The stack that runs on the robot."""
    return LaunchDescription([*ARGUMENTS, OpaqueFunction(function=start)])
