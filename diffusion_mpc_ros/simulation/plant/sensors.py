"""What the robot's sensors read in the simulation."""

import mujoco
import numpy as np

from diffusion_mpc_ros.planning.trajectory import LEGS
from diffusion_mpc_ros.simulation.plant.state_frame import StateFrame


class Sensors:
    """Reads the simulation into a ``StateFrame``.

    Args:
        data: the simulation of a ``go2.build_model`` model.
        frame: where measurements go.
    """

    def __init__(self, data: mujoco.MjData, frame: StateFrame) -> None:
        self._data = data
        self._frame = frame
        self._acceleration = data.sensor("imu_acc").data
        self._touch = [data.sensor(f"{leg}_touch").data for leg in LEGS]

    def measure(self, torque: np.ndarray, tick_ms: int) -> None:
        """Fill in everything that changes but the remote.

        Orientation and rates come from the state, not from MuJoCo's sensors, which lag it by one step. Foot force is
        the force on each foot in N, where the real robot gives the raw reading of an air pressure sensor.

        Args:
            torque: (12,) joint torques of the step that led here, N m.
            tick_ms: the robot's clock, ms.
        """
        frame, data = self._frame, self._data
        w, x, y, z = frame.quaternion[:] = data.qpos[3:7]
        frame.rpy[:] = (
            np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)),
            np.arcsin(np.clip(2 * (w * y - z * x), -1, 1)),
            np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
        )
        frame.gyroscope[:] = data.qvel[3:6]
        frame.accelerometer[:] = self._acceleration
        frame.q[:], frame.dq[:], frame.ddq[:] = data.qpos[7:], data.qvel[6:], data.qacc[6:]
        frame.torque[:] = torque
        for i, force in enumerate(self._touch):
            frame.foot_force[i] = min(force[0], np.iinfo(np.int16).max)
        frame.tick[0] = tick_ms
