"""What bears on safety besides the robot's motion, gathered from those who know it."""

import shutil
from pathlib import Path

from diffusion_mpc_ros.robot.command_witness import CommandWitness
from diffusion_mpc_ros.robot.guardian_client import GuardianClient
from diffusion_mpc_ros.robot.link import Go2Link
from diffusion_mpc_ros.robot.sport_watch import SportWatch
from diffusion_mpc_ros.robot.state import RobotState
from diffusion_mpc_ros.safety.conditions import Conditions

MEGABYTE = 1e6


class Surroundings:
    """Gathers the conditions of a tick.

    Args:
        guardian: who may take the motors away.
        link: the way to the motors.
        logs: a directory on the disk that logs go to.
    """

    def __init__(self, guardian: GuardianClient, link: Go2Link, logs: Path) -> None:
        self._guardian = guardian
        self._link = link
        self._witness = CommandWitness()
        self._sport = SportWatch()
        self._logs = logs
        self._free_mb = self._measure()

    def conditions(self, state: RobotState) -> Conditions:
        """As they are now."""
        return Conditions(
            hottest_motor_c=float(state.temperature.max()),
            battery_percent=float(state.battery_soc),
            guardian_age_s=self._guardian.age_s,
            deposed=self._guardian.deposed,
            write_failures=self._link.failures_in_row,
            stalled=self._link.stalled,
            second_writer=self._witness.sees_second_writer,
            sport_mode=self._sport.active,
            free_mb=self._free_mb,
        )

    def look(self) -> None:
        """What changes slowly, and the guardian if there was none."""
        self._guardian.connect()
        self._free_mb = self._measure()

    def close(self) -> None:
        """Stop to look."""
        self._witness.close()
        self._sport.close()

    def _measure(self) -> float:
        return shutil.disk_usage(self._logs).free / MEGABYTE
