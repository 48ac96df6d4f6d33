"""``python -m diffusion_mpc_ros``: every command of the project."""

import sys

from diffusion_mpc_ros.cli.main import main

sys.exit(main(sys.argv[1:]))
