"""What the nodes ask of the ROS middleware: that sending never waits, and no clash with the SDK's own.

rclpy keeps Python's lock while a message is sent, so whatever a publisher waits for stops its whole node, the control
loop included. Fast DDS waits in two places. In shared memory, by which it sends within a computer, a process that was
killed leaves locks behind: up to 2 s. And a socket whose network stalls takes no more messages, until it goes on.
``config/fastdds`` has it use sockets only, and drop what they do not take.
"""

from collections.abc import MutableMapping
from pathlib import Path

import rclpy

from diffusion_mpc_ros.resources import resource_directory

PROFILES = ("FASTDDS_DEFAULT_PROFILES_FILE", "FASTRTPS_DEFAULT_PROFILES_FILE")
"""Environment variables by which Fast DDS 3, and 2, finds its profiles; rmw_fastrtps warns of the one it has left."""
WITH_FAST_DDS_2 = ("humble", "iron", "jazzy")
"""ROS distributions."""
SHARED_MEMORY = ("shm/fastdds_", "shm/fastrtps_")
"""In the names of the files that Fast DDS 3, and 2, maps for it."""


def use_sockets(environment: MutableMapping[str, str]) -> None:
    """Have Fast DDS use sockets that never wait, for nodes created later; profiles that the user chose stay.

    On loopback rmw_fastrtps adds shared memory to whatever a profile says, so the profile takes the range's place.
    """
    if any(environment.get(variable) for variable in PROFILES):
        return
    on_loopback = (
        environment.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "").upper() == "LOCALHOST"
        or environment.get("ROS_LOCALHOST_ONLY") == "1"
    )
    if on_loopback:
        environment.pop("ROS_LOCALHOST_ONLY", None)
        environment["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "SYSTEM_DEFAULT"
    profile = resource_directory("config") / "fastdds" / f"{'loopback' if on_loopback else 'sockets'}.xml"
    newer, older = PROFILES
    environment[older if environment.get("ROS_DISTRO") in WITH_FAST_DDS_2 else newer] = str(profile)


def obstacle(ros_domain: int, robot_domain: int) -> str | None:
    """Why the middleware of this process, whose nodes exist by now, must not control a robot; None if it may."""
    if rclpy.get_rmw_implementation_identifier() == "rmw_cyclonedds_cpp" and ros_domain == robot_domain:
        return (
            f"ROS and the robot are both on DDS domain {robot_domain} by CycloneDDS: "
            "set RMW_IMPLEMENTATION=rmw_fastrtps_cpp, or another ROS_DOMAIN_ID"
        )
    mapped = Path("/proc/self/maps").read_text()
    if any(name in mapped for name in SHARED_MEMORY):
        return (
            "Fast DDS uses shared memory, where a process that is killed can hold this one up: "
            f"unset {' and '.join(PROFILES)}, or have your profiles do what config/fastdds does"
        )
    return None
