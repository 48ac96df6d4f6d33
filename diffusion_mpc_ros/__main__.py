"""``python -m diffusion_mpc_ros``: every command of the project."""

import logging
import sys

from diffusion_mpc_ros.cli.main import main

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
sys.exit(main(sys.argv[1:]))
