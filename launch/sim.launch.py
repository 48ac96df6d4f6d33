"""The robot's stack against a simulated Go2: ros2 launch diffusion_mpc_ros sim.launch.py"""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, IncludeLaunchDescription, Shutdown
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import SetParameter
from launch_ros.substitutions import ExecutableInPackage

ROBOT_TIMEOUT_S = 15.0
"""The plant starts together with the executor, and takes its time on a busy machine."""
LATE_STATE_AGE_S, MAX_STATE_AGE_S = 0.15, 0.2
"""The robot shares its computer with the stack: when the machine is busy, so is the robot."""


def generate_launch_description() -> LaunchDescription:
    """A plant that speaks the robot's DDS topics, and go2.launch.py unchanged."""
    plant = ExecuteProcess(
        name="plant",
        cmd=[
            ExecutableInPackage("plant", "diffusion_mpc_ros"),
            "--network-interface",
            LaunchConfiguration("network_interface"),
            "--domain-id",
            LaunchConfiguration("domain_id"),
        ],
        output="both",
        on_exit=Shutdown(reason="the plant ended"),
    )
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                "network_interface",
                default_value="lo",
                description="Network interface between plant and executor; lo keeps the simulation on this machine.",
            ),
            DeclareLaunchArgument(
                "domain_id",
                default_value="1",
                description="DDS domain of the simulated robot's topics; not a real robot's 0.",
            ),
            plant,
            SetParameter(name="robot_timeout_s", value=ROBOT_TIMEOUT_S),
            SetParameter(name="late_state_age_s", value=LATE_STATE_AGE_S),
            SetParameter(name="max_state_age_s", value=MAX_STATE_AGE_S),
            IncludeLaunchDescription(
                str(Path(__file__).resolve().parent / "go2.launch.py"),
                launch_arguments=[(name, LaunchConfiguration(name)) for name in ("network_interface", "domain_id")],
            ),
        ]
    )
