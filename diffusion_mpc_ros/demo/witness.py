"""Watches the robot from outside: its true motion as the plant publishes it over DDS, independent of the stack."""

import queue
import time
from types import TracebackType

import numpy as np
from unitree_sdk2py.idl.unitree_go.msg.dds_ import SportModeState_

from diffusion_mpc_ros.demo.measurement import Motion, MotionRecord
from diffusion_mpc_ros.planning.observation import projected_gravity
from diffusion_mpc_ros.robot import dds
from diffusion_mpc_ros.robot.subscription import Subscription
from diffusion_mpc_ros.simulation.plant.ground_truth import SPORT_MODE_STATE_TOPIC


class Witness:
    """Collects every measurement into ``record``.

    DDS delivers on a thread of its own; nothing but a queue is shared with it, and ``collect`` empties that.

    Args:
        interface: Network interface the robot speaks on.
        domain_id: Its DDS domain.

    Raises:
        LinkError: the interface or the domain cannot be used.
    """

    def __init__(self, interface: str, domain_id: int) -> None:
        self.record = MotionRecord()
        self._arrived: queue.SimpleQueue[tuple[float, SportModeState_]] = queue.SimpleQueue()
        dds.join(interface, domain_id)
        self._subscription = Subscription(SPORT_MODE_STATE_TOPIC, SportModeState_, self._arrive)

    def collect(self) -> None:
        """Moves what has arrived into the record."""
        while not self._arrived.empty():
            self.record.append(_motion(*self._arrived.get()))

    def __enter__(self) -> "Witness":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._subscription.close()

    def _arrive(self, message: SportModeState_) -> None:
        self._arrived.put((time.monotonic(), message))


def _motion(arrived: float, message: SportModeState_) -> Motion:
    """Velocity comes in the world frame, the yaw rate in the body frame, and the quaternion (w, x, y, z) leads from
    the body to the world.
    """
    quaternion = np.asarray(message.imu_state.quaternion, dtype=np.float64)
    v_x, v_y, _ = to_body(quaternion, np.asarray(message.velocity, dtype=np.float64))
    tilt = np.arccos(np.clip(-projected_gravity(quaternion)[2], -1.0, 1.0))
    velocity = (float(v_x), float(v_y), float(message.yaw_speed))
    return Motion(time=arrived, velocity=velocity, height=float(message.body_height), tilt=float(tilt))


def to_body(quaternion: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """R^T v, (3,): a world vector (3,) in the body frame, R being the rotation of a unit quaternion w, x, y, z (4,)."""
    w, axis = quaternion[0], quaternion[1:]
    twice = 2.0 * np.cross(axis, vector)
    return vector - w * twice + np.cross(axis, twice)
