"""The witness's change of frame, and that it hears the robot's topic over DDS."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.demo.witness import to_body

ANGLES = st.floats(-np.pi, np.pi)
COMPONENTS = st.floats(-10.0, 10.0)


@given(ANGLES, COMPONENTS, COMPONENTS)
def test_a_turned_robot_sees_the_world_turned_back(yaw: float, x: float, y: float) -> None:
    quaternion = np.array([np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)])
    expected = [np.cos(yaw) * x + np.sin(yaw) * y, np.cos(yaw) * y - np.sin(yaw) * x, 1.0]
    np.testing.assert_allclose(to_body(quaternion, np.array([x, y, 1.0])), expected, atol=1e-9)


@given(st.lists(st.floats(-1.0, 1.0), min_size=4, max_size=4), st.lists(COMPONENTS, min_size=3, max_size=3))
def test_a_rotation_keeps_lengths(values: list[float], vector: list[float]) -> None:
    quaternion = np.array([*values]) + np.array([2.0, 0.0, 0.0, 0.0])
    quaternion /= np.linalg.norm(quaternion)
    np.testing.assert_allclose(np.linalg.norm(to_body(quaternion, np.array(vector))), np.linalg.norm(vector), atol=1e-9)
