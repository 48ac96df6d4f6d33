"""Where the package's own files are: beside the code in a checkout, under ``share/`` when installed by colcon."""

import os
from pathlib import Path

PACKAGE = "diffusion_mpc_ros"


def resource_directory(name: str) -> Path:
    """The directory ``name`` (``config``, ``models``, ...) of this package.

    Raises:
        FileNotFoundError: neither a checkout nor an installation that ``AMENT_PREFIX_PATH`` names.
    """
    prefixes = [Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix]
    code = Path(__file__).resolve().parent
    candidates = [code.parent / name, *(prefix / "share" / PACKAGE / name for prefix in prefixes)]
    # An installation without a sourced workspace: site-packages lies below the prefix that holds share/.
    candidates += [parent / "share" / PACKAGE / name for parent in code.parents]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"{name}: no such directory of {PACKAGE} beside its code or in AMENT_PREFIX_PATH")


def model_directory(model: str) -> Path:
    """Where a model bundle is: a path if it is written as one (``./walk``, ``runs/walk``), else a name under models/.

    What happens to lie in the working directory decides nothing.

    Raises:
        FileNotFoundError: see :func:`resource_directory`.
    """
    is_path = os.sep in model or model.startswith(os.curdir)
    return Path(model) if is_path else resource_directory("models") / model
