"""An operator's limits are limits of this robot, and name the culprit if not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from diffusion_mpc_ros.execution.walk_limits import WalkLimits
from diffusion_mpc_ros.safety.joint_spec import JointSpec


def test_all_that_the_joints_can_do_is_within_their_range(go2: JointSpec) -> None:
    limits = WalkLimits.of(go2)
    limits.check_within(go2)
    np.testing.assert_array_equal(limits.clip(go2.upper + 1.0), go2.upper)
    np.testing.assert_array_equal(limits.clip(go2.lower - 1.0), go2.lower)
    np.testing.assert_array_equal(limits.clip(go2.stand_pose), go2.stand_pose)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"joint_lower": (0.0,) * 11}, "joint_lower: expected 12 finite values"),
        ({"joint_upper": (float("nan"),) * 12}, "joint_upper: expected 12 finite values"),
        ({"command_limit": (1.0, float("inf"), 1.0)}, "command_limit: expected 3 finite values"),
        ({"command_limit": (1.0, -0.1, 1.0)}, "command_limit: expected values of 0 or more"),
        (
            {"joint_lower": (1.0472,) + 11 * (-3.0,)},
            "joint_lower: expected less than joint_upper of FR_hip_joint, 1.0472",
        ),
    ],
)
def test_refuses_what_is_no_limit(go2: JointSpec, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(WalkLimits.of(go2), **changes)


def test_refuses_what_no_joint_can_be_held_to(go2: JointSpec) -> None:
    low = replace(WalkLimits.of(go2), joint_lower=(-1.0, -2.0, *go2.lower[2:].tolist()))
    with pytest.raises(ValueError, match=r"joint_lower: expected -1.5708 to 3.4907 for FR_thigh_joint, got -2"):
        low.check_within(go2)
