"""Which robots are lying, by their state alone. Against the plant: test/simulation/test_plant_process.py."""

import numpy as np
import pytest

from diffusion_mpc_ros.planning.trajectory import joint_indices
from diffusion_mpc_ros.robot.posture import is_level, is_lying, tilt_deg
from diffusion_mpc_ros.robot.remote import Remote
from diffusion_mpc_ros.robot.spec import LIE_POSE, STAND_POSE
from diffusion_mpc_ros.robot.state import RobotState


def state(q: np.ndarray, roll_deg: float = 0.0) -> RobotState:
    half = np.radians(roll_deg) / 2
    return RobotState(
        tick=0,
        angular_velocity=np.zeros(3),
        quaternion=np.array([np.cos(half), np.sin(half), 0.0, 0.0]),
        acceleration=np.zeros(3),
        q=q,
        dq=np.zeros(12),
        torque=np.zeros(12),
        temperature=np.zeros(12),
        battery_soc=90,
        voltage=30.0,
        remote=Remote(),
    )


@pytest.mark.parametrize("roll_deg", [0.0, 20.0, -90.0, 180.0])
def test_tilt_is_that_of_the_trunk(roll_deg: float) -> None:
    assert tilt_deg(state(LIE_POSE, roll_deg)) == pytest.approx(abs(roll_deg), abs=1e-4)
    assert is_level(state(LIE_POSE, roll_deg)) is (abs(roll_deg) < 30)


def test_an_orientation_not_yet_measured_is_not_level() -> None:
    unknown = state(LIE_POSE)
    unknown.quaternion[:] = 0.0
    assert not is_level(unknown)


def test_folded_and_level_is_lying() -> None:
    assert is_lying(state(LIE_POSE))
    assert is_lying(state(LIE_POSE + 0.3 * np.cos(np.arange(12)), roll_deg=15.0))


@pytest.mark.parametrize("leg", ["FR", "FL", "RR", "RL"])
def test_one_leg_that_may_carry_is_not_lying(leg: str) -> None:
    q = LIE_POSE.copy()
    q[joint_indices(legs=(leg,))] = STAND_POSE[joint_indices(legs=(leg,))]
    assert not is_lying(state(q))


def test_standing_or_on_its_side_is_not_lying() -> None:
    assert not is_lying(state(STAND_POSE))
    assert not is_lying(state(LIE_POSE, roll_deg=90.0))
