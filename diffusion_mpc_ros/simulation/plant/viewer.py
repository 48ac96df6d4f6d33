"""A window on the plant, where there is a display."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import mujoco

if TYPE_CHECKING:
    from mujoco.viewer import Handle

logger = logging.getLogger(__name__)


def open_viewer(model: mujoco.MjModel, data: mujoco.MjData) -> Handle | None:
    """MuJoCo's viewer; None, with a line in the log, on a machine without a display."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        logger.warning("no viewer: neither DISPLAY nor WAYLAND_DISPLAY is set; the plant runs without one")
        return None
    from mujoco.viewer import launch_passive  # loads the window system's libraries

    return launch_passive(model, data)
