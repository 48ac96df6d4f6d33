"""Command line of the plant."""

import argparse
import logging
import math
import os
import signal
import sys
import threading
from pathlib import Path

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.wire_format import STATE_RATE_HZ
from diffusion_mpc_ros.simulation.plant.motors import Silence
from diffusion_mpc_ros.simulation.plant.plant import Plant
from diffusion_mpc_ros.simulation.plant.recording import Recording


def main(arguments: list[str] | None = None) -> int:
    """Run the plant until SIGINT or SIGTERM; returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s plant: %(message)s")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        recording = Recording(options.record) if options.record else None
        dds.join(options.network_interface, options.domain_id)
    except (OSError, dds.LinkError) as error:
        logging.error("%s", error)
        return 1
    Plant(options.silence, recording, options.viewer, options.state_rate).run(stop, options.duration)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="plant", description="A simulated Go2 that speaks the robot's own DDS topics in real time."
    )
    parser.add_argument("--network-interface", default="lo", metavar="NAME", help="where to speak (default: lo)")
    parser.add_argument(
        "--domain-id", type=int, default=1, metavar="N", help="DDS domain (default: 1; a real robot uses 0)"
    )
    parser.add_argument(
        "--silence",
        type=Silence,
        choices=list(Silence),
        default=Silence.HOLD,
        metavar="{hold,off}",
        help="motors when commands stop for 100 ms: hold the last target, or off (default: hold)",
    )
    parser.add_argument(
        "--record", type=Path, metavar="FILE.npz", help="write positions and targets at 50 Hz at the end"
    )
    parser.add_argument(
        "--state-rate",
        type=int,
        choices=(500, 250, 125, 100),
        default=STATE_RATE_HZ,
        metavar="HZ",
        help="robot states a second: 500 (default), 250, 125 or 100; fewer leave more of this computer to others",
    )
    parser.add_argument("--viewer", action="store_true", help="show a window, if there is a display")
    parser.add_argument("--duration", type=float, default=math.inf, metavar="S", help="simulated seconds to run")
    return parser


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # The recording is written. The SDK's own threads sometimes keep the interpreter from ending.
    os._exit(code)
