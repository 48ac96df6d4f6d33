"""What the nodes make of the environment, and which transports they come to use."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from std_msgs.msg import String

from diffusion_mpc_ros.nodes.middleware import PROFILES, SHARED_MEMORY, use_sockets

EXECUTOR = "diffusion_mpc_ros.nodes.executor_node"
OWN_PROFILES = """
<dds xmlns="http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles">
  <profiles>
    <participant profile_name="mine" is_default_profile="true"><rtps><name>mine</name></rtps></participant>
  </profiles>
</dds>
"""
TALKER = """
import os
import time
import rclpy
from std_msgs.msg import String
from diffusion_mpc_ros.nodes.middleware import use_sockets
use_sockets(os.environ)
rclpy.init()
publisher = rclpy.create_node("talker").create_publisher(String, "said", 1)
while True:
    publisher.publish(String(data="hello"))
    time.sleep(0.01)
"""


def profile(environment: dict[str, str]) -> str:
    (file,) = (environment[variable] for variable in PROFILES if variable in environment)
    assert "<non_blocking_send>true</non_blocking_send>" in Path(file).read_text()  # shown by test/stalled_network.py
    return Path(file).stem


def test_by_default_the_network_is_reached_by_sockets() -> None:
    environment = {"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET", "ROS_STATIC_PEERS": "192.0.2.7"}
    before = dict(environment)
    use_sockets(environment)
    assert profile(environment) == "sockets"
    assert before.items() <= environment.items()


@pytest.mark.parametrize("asked", [{"ROS_AUTOMATIC_DISCOVERY_RANGE": "localhost"}, {"ROS_LOCALHOST_ONLY": "1"}])
def test_who_stays_on_loopback_stays_there(asked: dict[str, str]) -> None:
    environment = dict(asked)
    use_sockets(environment)
    assert profile(environment) == "loopback"
    assert environment["ROS_AUTOMATIC_DISCOVERY_RANGE"] == "SYSTEM_DEFAULT"
    assert "ROS_LOCALHOST_ONLY" not in environment


@pytest.mark.parametrize(("distribution", "variable"), [("humble", 1), ("jazzy", 1), ("kilted", 0), ("", 0)])
def test_fast_dds_finds_the_profile(distribution: str, variable: int) -> None:
    environment = {"ROS_DISTRO": distribution}
    use_sockets(environment)
    assert environment.keys() - {"ROS_DISTRO"} == {PROFILES[variable]}


@pytest.mark.parametrize("variable", PROFILES)
def test_profiles_that_the_user_chose_stay(variable: str) -> None:
    environment = {variable: "mine.xml", "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    before = dict(environment)
    use_sockets(environment)
    assert environment == before


def test_without_shared_memory_a_node_is_heard_by_those_who_have_it(
    start: Callable[..., Any], client: Any, tmp_path: Path
) -> None:
    (tmp_path / "talker.py").write_text(TALKER)
    talker = start(str(tmp_path / "talker.py"))
    said: list[Any] = []
    client.node.create_subscription(String, "said", said.append, 1)
    client.until(lambda: len(said) > 2)
    mapped = Path(f"/proc/{talker.process.pid}/maps").read_text()
    assert not any(name in mapped for name in SHARED_MEMORY)
    assert any(name in Path("/proc/self/maps").read_text() for name in SHARED_MEMORY)


def test_an_executor_refuses_profiles_with_shared_memory(
    start: Callable[..., Any], domains: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.xml").write_text(OWN_PROFILES)
    monkeypatch.setenv(PROFILES[0], str(tmp_path / "mine.xml"))
    where = ["-p", "network_interface:=lo", "-p", f"domain_id:={domains[1]}"]
    executor = start(EXECUTOR, "--ros-args", *where)
    assert executor.process.wait(30) == 1
    (line,) = executor.output.splitlines()
    assert line.startswith("executor: error: Fast DDS uses shared memory")
