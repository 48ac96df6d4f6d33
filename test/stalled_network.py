"""How long a node stands still while the network to another computer takes nothing: by our profile, and waiting.

    sudo .venv/bin/python test/stalled_network.py [--json FILE]

A talker and a listener run in network namespaces of their own, joined by a cable that is choked for a few seconds.
They would share memory, which two computers do not: that is why sockets are compared with sockets. Needs root, `ip`
and `tc` (Debian's iproute2). The exit code is 0 only if the node kept its pace by our profile.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from diffusion_mpc_ros.nodes.middleware import PROFILES, use_sockets
from diffusion_mpc_ros.provenance import write_json

TALKER = """
import os, time
import rclpy
from std_msgs.msg import String
rclpy.init()
publisher = rclpy.create_node("talker").create_publisher(String, "said", 1)
while not publisher.get_subscription_count():
    time.sleep(0.1)
print("heard", flush=True)
message = String(data="x" * 4000)
end, longest = time.monotonic() + {seconds}, 0.0
while time.monotonic() < end:
    before = time.monotonic()
    publisher.publish(message)
    longest = max(longest, time.monotonic() - before)
    time.sleep(0.02)
print(1e3 * longest, flush=True)
os._exit(0)
"""
LISTENER = """
import rclpy
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node("listener")
node.create_subscription(String, "said", lambda message: None, 1)
rclpy.spin(node)
"""
NAMES = "talker_net", "listener_net"
LINKS = "talker_link", "listener_link"
CALM_S, STALL_S, AFTERWARDS_S = 2.0, 6.0, 3.0
CHOKE = ("root", "tbf", "rate", "8kbit", "burst", "10kb", "limit", "50mb")
"""A queue that takes all and sends next to nothing, as a radio out of reach does."""
NEVER_WAIT = "<non_blocking_send>true</non_blocking_send>"
TICK_MS = 20.0
"""A control tick: within it nobody notices."""


def inside(name: str, *command: str) -> list[str]:
    return ["ip", "netns", "exec", name, *command]


def sh(*command: str) -> None:
    subprocess.run(command, check=True)


def connect() -> None:
    """Two computers and a cable."""
    for name in NAMES:
        sh("ip", "netns", "add", name)
        sh(*inside(name, "ip", "link", "set", "lo", "up"))
    talker, listener = LINKS
    sh("ip", "link", "add", talker, "netns", NAMES[0], "type", "veth", "peer", "name", listener, "netns", NAMES[1])
    for number, (name, link) in enumerate(zip(NAMES, LINKS, strict=True), start=1):
        sh(*inside(name, "ip", "address", "add", f"192.0.2.{number}/24", "dev", link))
        sh(*inside(name, "ip", "link", "set", link, "up"))
    time.sleep(1.0)  # until both ends see the cable


def longest_publication_ms(environment: dict[str, str]) -> float:
    """Of a node that publishes 4 kB at 50 Hz, while the cable is choked."""
    code = TALKER.format(seconds=CALM_S + STALL_S + AFTERWARDS_S)
    listener = subprocess.Popen(inside(NAMES[1], sys.executable, "-c", LISTENER), env=environment)
    try:
        command = inside(NAMES[0], sys.executable, "-c", code)
        talker = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert talker.stdout is not None
        talker.stdout.readline()
        time.sleep(CALM_S)
        sh(*inside(NAMES[0], "tc", "qdisc", "replace", "dev", LINKS[0], *CHOKE))
        time.sleep(STALL_S)
        sh(*inside(NAMES[0], "tc", "qdisc", "delete", "dev", LINKS[0], "root"))
        return float(talker.communicate()[0])
    finally:
        listener.kill()
        listener.wait()


def main() -> int:
    """Both ways, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result here")
    options = parser.parse_args()
    environment = {**os.environ, "RMW_IMPLEMENTATION": "rmw_fastrtps_cpp", "ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET"}
    use_sockets(environment)
    (variable,) = (name for name in PROFILES if name in environment)
    ours = Path(environment[variable]).read_text()
    longest_ms: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        profile = Path(temporary) / "profile.xml"
        environment[variable] = str(profile)
        try:
            connect()
            for name, text in {"sockets that wait": ours.replace(NEVER_WAIT, ""), "config/fastdds": ours}.items():
                profile.write_text(text)
                longest_ms[name] = round(longest_publication_ms(environment), 2)
                print(f"{name}: the longest publication took {longest_ms[name]:.1f} ms", flush=True)
        finally:
            for name in NAMES:
                subprocess.run(["ip", "netns", "delete", name], check=False)
    if options.json:
        rows = [{"profile": name, "longest_ms": value} for name, value in longest_ms.items()]
        write_json(options.json, {"stalled_s": STALL_S, "rows": rows})
    return 0 if longest_ms["config/fastdds"] < TICK_MS else 1


if __name__ == "__main__":
    sys.exit(main())
