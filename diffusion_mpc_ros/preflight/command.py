"""Everything that has to hold before a robot is armed, one line each: ok, or what to do.

Run it on the robot's computer, with the robot switched on and lying, while no executor runs. It writes nothing to the
robot. The exit code is 0 only if every line is ok.
"""

import argparse
import json
import os
from pathlib import Path

from diffusion_mpc_ros.preflight import computer, planning, robot
from diffusion_mpc_ros.preflight.check import Check


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``preflight``."""
    parser.add_argument("--network-interface", required=True, metavar="NAME", help="where the robot is, e.g. eth0")
    parser.add_argument("--domain-id", type=int, default=0, metavar="N", help="DDS domain of the robot (default: 0)")
    parser.add_argument("--model", default="walk", metavar="NAME", help="model bundle (default: walk)")
    parser.add_argument("--timeout", type=float, default=3.0, metavar="S", help="to wait for the robot (default: 3)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")


def run(args: argparse.Namespace) -> int:
    """Look at everything; returns 0 if all is well."""
    here = computer.interface(args.network_interface)
    checks: list[Check] = [
        here,
        computer.middleware(args.domain_id, os.environ),
        computer.cyclonedds(),
        computer.crc_library(),
        computer.disk(Path.home()),
        *planning.checks(args.model),
        *(robot.checks(args.network_interface, args.domain_id, args.timeout) if here.ok else []),
    ]
    if args.json:
        print(json.dumps({"checks": [check.as_dict() for check in checks]}, indent=2))
    else:
        print("\n".join(map(str, checks)))
    return 0 if all(check.ok for check in checks) else 1
