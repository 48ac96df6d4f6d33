"""The Go2's numbers for the tests of execution."""

import pytest

from diffusion_mpc_ros.execution.joint_spec import JointSpec
from diffusion_mpc_ros.robot import spec


@pytest.fixture(scope="session")
def go2() -> JointSpec:
    return JointSpec(
        lower=spec.JOINT_LOWER,
        upper=spec.JOINT_UPPER,
        torque_limit=spec.TORQUE_LIMIT,
        velocity_limit=spec.VELOCITY_LIMIT,
        stand_pose=spec.STAND_POSE,
        lie_pose=spec.LIE_POSE,
        kp=spec.KP,
        kd=spec.KD,
    )
