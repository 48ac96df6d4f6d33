"""The robot's numbers are checked when they are handed over."""

from dataclasses import replace

import numpy as np
import pytest

from diffusion_mpc_ros.safety.joint_spec import JointSpec


def test_refuses_a_pose_out_of_limits(go2: JointSpec) -> None:
    with pytest.raises(ValueError, match="lie_pose: expected a pose within the joint limits"):
        replace(go2, lie_pose=np.zeros(12))


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_refuses_gains_that_do_not_hold(go2: JointSpec, value: float) -> None:
    with pytest.raises(ValueError, match="kp: expected a finite value above 0"):
        replace(go2, kp=value)


def test_names_the_field_of_a_wrong_shape(go2: JointSpec) -> None:
    with pytest.raises(ValueError, match=r"torque_limit: expected shape \(12\), got \(3,\)"):
        replace(go2, torque_limit=np.ones(3))
