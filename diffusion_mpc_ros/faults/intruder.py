"""Somebody else who commands the motors, or brings sport mode back.

    python -m diffusion_mpc_ros.faults.intruder DOMAIN_ID

A line on standard input: ``write`` sends limp frames at 500 Hz for a second, ``sport`` selects a sport mode,
``release`` ends it. The answer is the line and when it took effect (monotonic, s).
"""

import sys
import time

from unitree_sdk2py.comm.motion_switcher.motion_switcher_client import MotionSwitcherClient

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.command_frame import CommandFrame, damping_frame
from diffusion_mpc_ros.robot.metronome import Metronome
from diffusion_mpc_ros.robot.publication import Publication
from diffusion_mpc_ros.robot.wire_format import LOW_CMD_TOPIC

FRAMES = 500
PERIOD_NS = 2_000_000


def main(domain_id: int) -> None:
    """Until standard input ends."""
    dds.join("lo", domain_id)
    client = MotionSwitcherClient()
    client.SetTimeout(1.0)
    client.Init()
    commands = Publication(LOW_CMD_TOPIC, CommandFrame)
    for line in sys.stdin:
        word = line.strip()
        began_s = time.monotonic()
        if word == "sport":
            client.SelectMode("normal")
        elif word == "release":
            client.ReleaseMode()
        print(f"{word} {began_s}", flush=True)
        if word == "write":
            frame, beat = damping_frame(0.0), Metronome(PERIOD_NS)
            for _ in range(FRAMES):
                commands.write(frame)
                beat.wait()


if __name__ == "__main__":
    main(int(sys.argv[1]))
