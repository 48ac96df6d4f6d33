"""A robot without physics, for tests to run as a process: a posture, told on stdin, and a motion switcher.

Usage: bare_robot.py DOMAIN_ID POSTURE [--mute], POSTURE one of ``lying``, ``standing``, ``tilted``. With ``--mute`` its
motion switcher releases the sport mode but never confirms it.
"""

import logging
import sys
import threading
import time

import numpy as np
from unitree_sdk2py.idl.default import unitree_go_msg_dds__LowState_ as default_low_state
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowState_
from unitree_sdk2py.utils.crc import CRC

from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.publication import Publication
from diffusion_mpc_ros.robot.spec import LIE_POSE, STAND_POSE
from diffusion_mpc_ros.simulation.plant.motion_switcher import MotionSwitcher

POSTURES = {"lying": (LIE_POSE, 0.0), "standing": (STAND_POSE, 0.0), "tilted": (LIE_POSE, 90.0)}
"""Joint positions, rad, and roll, degrees."""
UNCONFIRMED = 1
PERIOD_S = 0.005


class MuteSwitcher(MotionSwitcher):
    """Does what it is told and, once no mode is active, says nothing of it."""

    def _check(self, parameter: str) -> tuple[int, str]:
        return super()._check(parameter) if self.mode else (UNCONFIRMED, "")


def low_state(posture: str) -> LowState_:
    q, roll_deg = POSTURES[posture]
    half = np.radians(roll_deg) / 2
    message = default_low_state()
    message.imu_state.quaternion = [float(np.cos(half)), float(np.sin(half)), 0.0, 0.0]
    for motor, position in zip(message.motor_state, q.tolist(), strict=False):
        motor.q = position
    return message


def main(domain_id: int, posture: str, mute: bool) -> None:
    told = [low_state(posture)]

    def listen() -> None:
        for line in sys.stdin:
            told.append(low_state(line.strip()))

    dds.join("lo", domain_id)
    (MuteSwitcher() if mute else MotionSwitcher()).open()
    states = Publication("rt/lowstate", LowState_)
    threading.Thread(target=listen, daemon=True).start()
    logging.info("bare robot ready")
    while True:
        message = told[-1]
        message.tick = time.monotonic_ns() // 1_000_000 % 2**32
        message.crc = CRC().Crc(message)
        states.write(message)
        time.sleep(PERIOD_S)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main(int(sys.argv[1]), sys.argv[2], "--mute" in sys.argv[3:])
