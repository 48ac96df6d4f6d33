"""The 45 values a plan starts from (section V-A of the paper), built in one place for robot and simulation."""

import numpy as np

from diffusion_mpc_ros.planning import trajectory


def build_observation(
    angular_velocity: np.ndarray,
    gravity: np.ndarray,
    command: np.ndarray,
    q: np.ndarray,
    dq: np.ndarray,
    previous_action: np.ndarray,
) -> np.ndarray:
    """Observation o_t in physical units, (..., 45) float32; leading axes broadcast against those of ``q``.

    Args:
        angular_velocity: of the trunk in the body frame, (..., 3), rad/s.
        gravity: unit vector of gravity in the body frame, (..., 3).
        command: v_x, v_y and yaw rate in the body frame, (..., 3), m/s and rad/s.
        q: joint positions, (..., 12), rad.
        dq: joint velocities, (..., 12), rad/s.
        previous_action: joint target of the tick before, (..., 12), rad.
    """
    observation = np.empty((*np.shape(q)[:-1], trajectory.STATE_DIM), dtype=np.float32)
    observation[..., trajectory.ANGULAR_VELOCITY] = angular_velocity
    observation[..., trajectory.GRAVITY] = gravity
    observation[..., trajectory.COMMAND] = command
    observation[..., trajectory.JOINT_POSITION] = q
    observation[..., trajectory.JOINT_VELOCITY] = dq
    observation[..., trajectory.PREVIOUS_ACTION] = previous_action
    return observation


def projected_gravity(quaternion: np.ndarray) -> np.ndarray:
    """Unit vector of gravity in the body frame, (..., 3), of a unit orientation quaternion w, x, y, z, (..., 4).

    This is R^T (0, 0, -1) with R the rotation from the body frame to the world frame.
    """
    w, x, y, z = np.moveaxis(np.asarray(quaternion), -1, 0)
    # The homogeneous form of the last entry: a quaternion of zeros (an IMU not yet running) must not look level.
    return np.stack([2 * (w * y - x * z), -2 * (w * x + y * z), x * x + y * y - w * w - z * z], axis=-1)
