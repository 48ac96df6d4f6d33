"""The robot's motion switcher service: tells which sport mode is active, selects one, releases it."""

import json
import logging

from unitree_sdk2py.comm.motion_switcher.motion_switcher_api import (
    MOTION_SWITCHER_API_ID_CHECK_MODE,
    MOTION_SWITCHER_API_ID_RELEASE_MODE,
    MOTION_SWITCHER_API_ID_SELECT_MODE,
    MOTION_SWITCHER_API_VERSION,
    MOTION_SWITCHER_SERVICE_NAME,
)
from unitree_sdk2py.rpc.internal import RPC_ERR_SERVER_API_PARAMETER
from unitree_sdk2py.rpc.server import Server

from diffusion_mpc_ros.robot.sport_mode import ALREADY_SELECTED

logger = logging.getLogger(__name__)

MODES = ("normal", "ai", "mcf")
"""Names of sport modes that a Go2 has had over its firmware versions."""


class MotionSwitcher:
    """Answers CheckMode, SelectMode and ReleaseMode over the SDK's RPC. Needs ``dds.join`` first.

    ``mode`` is the name of the active sport mode, "" when it has been released. A robot starts in ``normal``.
    """

    def __init__(self) -> None:
        self.mode = "normal"
        self._server = Server(MOTION_SWITCHER_SERVICE_NAME)
        self._server._SetApiVersion(MOTION_SWITCHER_API_VERSION)
        self._server._RegistHandler(MOTION_SWITCHER_API_ID_CHECK_MODE, self._check, False)
        self._server._RegistHandler(MOTION_SWITCHER_API_ID_SELECT_MODE, self._select, False)
        self._server._RegistHandler(MOTION_SWITCHER_API_ID_RELEASE_MODE, self._release, False)

    def open(self) -> None:
        """Start to answer, in a thread of the SDK's."""
        self._server.Start()

    def _check(self, _parameter: str) -> tuple[int, str]:
        return 0, json.dumps({"form": "0", "name": self.mode})

    def _select(self, parameter: str) -> tuple[int, str]:
        name = json.loads(parameter).get("name")
        if name not in MODES:
            logger.warning("select mode: expected one of %s, got %r", MODES, name)
            return RPC_ERR_SERVER_API_PARAMETER, ""
        if name == self.mode:
            return ALREADY_SELECTED, ""
        self.mode = name
        logger.info("sport mode '%s' active: low-level commands are ignored", name)
        return 0, ""

    def _release(self, _parameter: str) -> tuple[int, str]:
        logger.info("sport mode released: low-level commands act")
        self.mode = ""
        return 0, ""
