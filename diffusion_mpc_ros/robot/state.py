"""What the robot measured at one instant."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.robot.remote import Remote


@dataclass(frozen=True, eq=False)
class RobotState:
    """One verified LowState in physical units. Arrays are read-only; joints are in the order of ``JOINT_NAMES``."""

    tick: int
    """The robot's own clock, ms since it was switched on."""
    angular_velocity: np.ndarray
    """(3,) trunk angular velocity, rad/s, body frame."""
    quaternion: np.ndarray
    """(4,) trunk orientation w, x, y, z: rotates body-frame vectors into the world frame."""
    acceleration: np.ndarray
    """(3,) specific force, m/s^2, body frame: level and at rest it is (0, 0, +9.81)."""
    q: np.ndarray
    """(12,) joint positions, rad."""
    dq: np.ndarray
    """(12,) joint velocities, rad/s."""
    torque: np.ndarray
    """(12,) joint torques as the motors estimate them, N m."""
    temperature: np.ndarray
    """(12,) motor temperatures, degrees Celsius."""
    battery_soc: int
    """State of charge, per cent."""
    voltage: float
    """Battery voltage, V."""
    remote: Remote
    """Buttons and sticks of the operator's remote."""
