import mujoco
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowState_
from unitree_sdk2py.utils.crc import CRC

from diffusion_mpc_ros.planning.observation import projected_gravity
from diffusion_mpc_ros.robot.low_level import decode_state
from diffusion_mpc_ros.robot.remote import Button, Remote
from diffusion_mpc_ros.robot.spec import STAND_POSE
from diffusion_mpc_ros.robot.state import RobotState
from diffusion_mpc_ros.simulation.go2 import build_model
from diffusion_mpc_ros.simulation.plant.sensors import Sensors
from diffusion_mpc_ros.simulation.plant.state_frame import StateFrame

quaternions = arrays(np.float64, 4, elements=st.floats(-1, 1)).filter(lambda q: np.linalg.norm(q) > 0.1)
vectors = arrays(np.float64, 3, elements=st.floats(-10, 10))


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return build_model(0.002, actuators="torque")


def in_the_air(model: mujoco.MjModel, quaternion: np.ndarray, angular_velocity: np.ndarray) -> mujoco.MjData:
    data = mujoco.MjData(model)
    data.qpos[:] = 0, 0, 5, *(quaternion / np.linalg.norm(quaternion)), *STAND_POSE
    data.qvel[3:6] = angular_velocity
    data.qvel[6:] = np.arange(12)
    mujoco.mj_forward(model, data)
    return data


def measured(data: mujoco.MjData, torque: np.ndarray) -> RobotState:
    frame = StateFrame()
    Sensors(data, frame).measure(torque, tick_ms=42)
    return decode_state(frame.seal())


@given(quaternion=quaternions, angular_velocity=vectors)
def test_orientation_and_rates_are_in_the_conventions_of_the_observation(
    model: mujoco.MjModel, quaternion: np.ndarray, angular_velocity: np.ndarray
) -> None:
    data = in_the_air(model, quaternion, angular_velocity)

    state = measured(data, np.zeros(12))

    world_from_body = data.body("base").xmat.reshape(3, 3)
    np.testing.assert_allclose(projected_gravity(state.quaternion), world_from_body.T @ [0, 0, -1], atol=1e-5)
    np.testing.assert_allclose(state.angular_velocity, data.sensor("imu_gyro").data, atol=1e-5)


def test_joints_torques_and_clock_reach_the_state(model: mujoco.MjModel) -> None:
    data = in_the_air(model, np.array([1.0, 0, 0, 0]), np.zeros(3))

    state = measured(data, np.arange(12) / 2)

    np.testing.assert_allclose(state.q, STAND_POSE, atol=1e-6)
    np.testing.assert_array_equal(state.dq, np.arange(12))
    np.testing.assert_array_equal(state.torque, np.arange(12) / 2)
    assert state.tick == 42
    assert 20 < state.temperature.min() <= state.temperature.max() < 60
    assert 0 < state.battery_soc <= 100
    assert 24 < state.voltage < 34


def test_a_robot_at_rest_weighs_on_accelerometer_and_feet(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(build_model(0.002, actuators="position"))
    mujoco.mj_resetDataKeyframe(model, data, 0)
    position_model = build_model(0.002, actuators="position")
    for _ in range(1000):
        data.ctrl[:] = STAND_POSE
        mujoco.mj_step(position_model, data)
    frame = StateFrame()

    Sensors(data, frame).measure(np.zeros(12), tick_ms=0)

    np.testing.assert_allclose(np.linalg.norm(frame.accelerometer), 9.81, atol=0.1)
    weight = mujoco.mj_getTotalmass(model) * 9.81
    np.testing.assert_allclose(frame.foot_force.sum(), weight, rtol=0.1)


@given(quaternion=quaternions, angular_velocity=vectors, tick=st.integers(0, 2**32 - 1), buttons=st.integers(0, 0xFFFF))
def test_the_frame_is_what_the_sdk_would_have_sent(
    model: mujoco.MjModel, quaternion: np.ndarray, angular_velocity: np.ndarray, tick: int, buttons: int
) -> None:
    frame = StateFrame()
    Sensors(in_the_air(model, quaternion, angular_velocity), frame).measure(np.arange(12.0), tick)
    frame.remote[:] = list(Remote(Button(buttons)).encode())

    data = frame.seal()
    message = LowState_.deserialize(data)

    assert message.serialize() == data
    assert message.crc == CRC().Crc(message)
    assert [motor.mode for motor in message.motor_state] == [1] * 12 + [0] * 8
    assert decode_state(data).remote.buttons == Button(buttons)


@pytest.mark.parametrize(("axis", "angle"), [(0, 0.3), (1, -0.4), (2, 2.5)])
def test_roll_pitch_yaw_agree_with_the_quaternion(model: mujoco.MjModel, axis: int, angle: float) -> None:
    quaternion = np.array([np.cos(angle / 2), 0, 0, 0])
    quaternion[1 + axis] = np.sin(angle / 2)
    frame = StateFrame()

    Sensors(in_the_air(model, quaternion, np.zeros(3)), frame).measure(np.zeros(12), tick_ms=0)

    np.testing.assert_allclose(frame.rpy, angle * np.eye(3)[axis], atol=1e-6)
