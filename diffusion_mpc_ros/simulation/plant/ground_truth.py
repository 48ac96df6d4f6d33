"""Publishes where the simulated robot is, on the topic on which sport mode's estimator speaks.

A real Go2 falls silent here once sport mode is released; the plant goes on, for measuring tools. The stack must not
listen to it.
"""

import numpy as np
from unitree_sdk2py.idl.default import unitree_go_msg_dds__SportModeState_ as default_sport_mode_state
from unitree_sdk2py.idl.unitree_go.msg.dds_ import SportModeState_

from diffusion_mpc_ros.robot.publication import Publication
from diffusion_mpc_ros.simulation.plant.state_frame import StateFrame

SPORT_MODE_STATE_TOPIC = "rt/sportmodestate"


class GroundTruth:
    """Publisher of SportModeState_. Needs ``dds.join`` first."""

    def __init__(self) -> None:
        self._message = default_sport_mode_state()
        self._states = Publication(SPORT_MODE_STATE_TOPIC, SportModeState_)

    def publish(self, time_s: float, qpos: np.ndarray, qvel: np.ndarray, frame: StateFrame) -> None:
        """Send the trunk's position (m) and velocity (m/s), both in the world frame, and its yaw speed (rad/s, body).

        Args:
            time_s: simulated time, s.
            qpos: (19,) generalised positions; the trunk's come first.
            qvel: (18,) generalised velocities.
            frame: the LowState of the same instant; its IMU values are repeated.
        """
        message = self._message
        message.stamp.sec, message.stamp.nanosec = divmod(round(time_s * 1e9), 1_000_000_000)
        imu = message.imu_state
        imu.quaternion, imu.gyroscope = frame.quaternion.tolist(), frame.gyroscope.tolist()
        imu.accelerometer, imu.rpy = frame.accelerometer.tolist(), frame.rpy.tolist()
        message.position, message.velocity = qpos[:3].tolist(), qvel[:3].tolist()
        message.body_height, message.yaw_speed = float(qpos[2]), float(qvel[5])
        message.foot_force = frame.foot_force.tolist()
        self._states.write(message)
