"""``python -m diffusion_mpc_ros render RECORDING OUTPUT``: a film of a recorded run."""

import argparse
import logging
from pathlib import Path

from diffusion_mpc_ros.simulation.rendering.video import render_gif, render_video

_LOGGER = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("recording", type=Path, help="npz file that the plant recorded")
    parser.add_argument("output", type=Path, help="film to write: .mp4 (960 x 540, 25/s) or .gif (640 x 360, 8 s)")
    parser.add_argument("--start", type=float, default=0.0, help="first second shown in a .gif (default 0)")


def run(args: argparse.Namespace) -> int:
    """Renders the film; returns the exit code."""
    try:
        if args.output.suffix == ".mp4":
            render_video(args.recording, args.output)
        elif args.output.suffix == ".gif":
            render_gif(args.recording, args.output, start=args.start)
        else:
            raise ValueError(f"output: expected a name ending in .mp4 or .gif, got {args.output.name}")
    except (OSError, ValueError) as error:
        _LOGGER.error("%s", error)
        return 1
    _LOGGER.info("wrote %s", args.output)
    return 0
