"""Checks of this computer: network, middleware, libraries, disk."""

import fcntl
import importlib.metadata
import os
import shutil
import socket
import struct
from collections.abc import Mapping
from pathlib import Path

from diffusion_mpc_ros.preflight.check import Check, attempt
from diffusion_mpc_ros.robot.command_frame import damping_frame
from diffusion_mpc_ros.robot.wire_format import LOW_CMD, FrameError

ROBOT_VERSIONS = ("0.10.",)
"""Releases of cyclonedds that the robot's own programs are built with."""
WHEEL_VERSION = "11."
"""The release that has wheels for newer Pythons; seen to speak with itself only, not with the robot's."""
MIN_FREE_MB = 200.0
_SIOCGIFADDR = 0x8915
"""From ``linux/sockios.h``: the address of an interface."""


def interface(name: str) -> Check:
    """Whether the network interface exists, is up, and has an address."""
    known = [known for _, known in socket.if_nameindex()]
    if name not in known:
        return Check("interface", False, f"no interface '{name}'", f"this machine has {', '.join(known)}")
    state = Path("/sys/class/net", name, "operstate").read_text().strip()
    if state == "down":
        return Check("interface", False, f"{name} is down", "plug in the cable and switch the robot on")
    return attempt("interface", lambda: _address(name), "give it an address in 192.168.123.0/24, not .161", OSError)


def _address(name: str) -> Check:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
    return Check("interface", True, f"{name} is up with address {socket.inet_ntoa(answer[20:24])}")


def middleware(domain_id: int, environment: Mapping[str, str] = os.environ) -> Check:
    """Whether ROS and the SDK can live in one process."""
    chosen = environment.get("RMW_IMPLEMENTATION", "") or "the default"
    ros_domain = environment.get("ROS_DOMAIN_ID", "") or "0"
    seen = f"RMW_IMPLEMENTATION is {chosen}, ROS domain {ros_domain}, robot domain {domain_id}"
    clash = chosen == "rmw_cyclonedds_cpp" and ros_domain == str(domain_id)
    advice = "set RMW_IMPLEMENTATION=rmw_fastrtps_cpp, or another ROS_DOMAIN_ID"
    return Check("middleware", not clash, seen, advice)


def cyclonedds() -> Check:
    """Whether the SDK's middleware is the robot's own release, or the one that this package is tried with."""
    version = importlib.metadata.version("cyclonedds")
    known = version.startswith((*ROBOT_VERSIONS, WHEEL_VERSION))
    advice = (
        "install 0.10.2, as the robot has, or 11.0.1, which was tried against the plant only; see docs/deployment.md"
    )
    return Check("cyclonedds", known, f"version {version}", advice)


def crc_library() -> Check:
    """Whether the SDK's CRC library computes what the robot does: the frame it seals passes its own check."""

    def look() -> Check:
        LOW_CMD.verify(damping_frame().data)
        return Check("crc", True, "the SDK's library works")

    advice = "reinstall unitree-sdk2py-dimos: its CRC library is built for another machine"
    return attempt("crc", look, advice, FrameError, OSError, AttributeError)


def disk(directory: Path) -> Check:
    """Whether there is room for logs."""
    free_mb = shutil.disk_usage(directory).free / 1e6
    return Check("disk", free_mb >= MIN_FREE_MB, f"{free_mb:.0f} MB free for logs", "make room")
