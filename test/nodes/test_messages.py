"""Messages say exactly what the package's own types say, and what they do not say is refused."""

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Twist
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rclpy.serialization import deserialize_message, serialize_message
from trajectory_msgs.msg import JointTrajectory

from diffusion_mpc_ros.execution.action_chunk import ActionChunk
from diffusion_mpc_ros.execution.control_output import PlanRequest
from diffusion_mpc_ros.execution.predictions import PredictedStates
from diffusion_mpc_ros.nodes import messages
from diffusion_mpc_ros.nodes.messages import MessageError
from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES, STATE_DIM
from diffusion_mpc_ros.robot.remote import Remote
from diffusion_mpc_ros.robot.state import RobotState

STAMP = Time(sec=12, nanosec=34)
TICKS = st.integers(0, 50 * 3600 * 24 * 365)
EPOCHS = st.text("0123456789abcdef", min_size=1, max_size=16)
FINITE = st.floats(-10.0, 10.0)


def over_the_wire(message: JointTrajectory) -> JointTrajectory:
    return deserialize_message(serialize_message(message), JointTrajectory)


@given(
    EPOCHS,
    TICKS,
    arrays(np.float32, STATE_DIM, elements=st.floats(-10, 10, width=32)),
    arrays(np.float32, st.tuples(st.integers(0, 10), st.just(12)), elements=st.floats(-10, 10, width=32)),
)
def test_a_request_comes_back_as_it_was_sent(
    epoch: str, tick: int, observation: np.ndarray, committed: np.ndarray
) -> None:
    message = over_the_wire(messages.request_to_message(PlanRequest(epoch, tick, observation, committed), STAMP))
    back = messages.request_from_message(message)
    assert (back.epoch, back.tick) == (epoch, tick)
    assert back.observation.dtype == np.float32
    np.testing.assert_array_equal(back.observation, observation)
    np.testing.assert_array_equal(back.committed, committed)
    assert message.header.stamp == STAMP


@given(EPOCHS, TICKS, arrays(np.float64, st.tuples(st.integers(1, 24), st.just(12)), elements=FINITE))
def test_a_chunk_comes_back_as_it_was_sent(epoch: str, tick: int, targets: np.ndarray) -> None:
    back = messages.chunk_from_message(
        over_the_wire(messages.chunk_to_message(ActionChunk(epoch, tick, targets), STAMP))
    )
    assert (back.epoch, back.start_tick) == (epoch, tick)
    np.testing.assert_array_equal(back.targets, targets)


@given(
    EPOCHS,
    TICKS,
    arrays(np.float32, st.tuples(st.integers(1, 24), st.just(STATE_DIM)), elements=st.floats(-10, 10, width=32)),
)
def test_a_prediction_comes_back_as_it_was_sent(epoch: str, tick: int, states: np.ndarray) -> None:
    sent = PredictedStates(epoch, tick, states)
    back = messages.prediction_from_message(over_the_wire(messages.prediction_to_message(sent, STAMP)))
    assert (back.epoch, back.start_tick) == (epoch, tick)
    np.testing.assert_array_equal(back.states, states)


def test_a_tick_is_twenty_milliseconds_exactly() -> None:
    message = messages.chunk_to_message(ActionChunk("e", 49, np.zeros((2, 12))), STAMP)
    times = [(point.time_from_start.sec, point.time_from_start.nanosec) for point in message.points]
    assert times == [(0, 980_000_000), (1, 0)]


def chunk() -> JointTrajectory:
    return messages.chunk_to_message(ActionChunk("e", 5, np.zeros((3, 12))), STAMP)


def test_joints_in_another_order_are_refused() -> None:
    message = chunk()
    message.joint_names = [*JOINT_NAMES[3:6], *JOINT_NAMES[:3], *JOINT_NAMES[6:]]
    with pytest.raises(MessageError, match="joint_names: expected 'FR_hip_joint' at 0, got 'FL_hip_joint'"):
        messages.chunk_from_message(message)


def test_a_missing_joint_is_refused() -> None:
    message = chunk()
    message.joint_names = JOINT_NAMES[:11]
    with pytest.raises(MessageError, match="expected 12 names, got 11"):
        messages.chunk_from_message(message)


def test_a_short_row_is_refused() -> None:
    message = chunk()
    message.points[1].positions = [0.0] * 11
    with pytest.raises(MessageError, match=r"points\[1\].positions: expected 12 values, got 11"):
        messages.chunk_from_message(message)


@pytest.mark.parametrize("nanoseconds", [1, 19_999_999, 120_000_001])
def test_a_time_between_ticks_is_refused(nanoseconds: int) -> None:
    message = chunk()
    message.points[1].time_from_start.nanosec = nanoseconds
    with pytest.raises(MessageError, match="multiple of 20 ms"):
        messages.chunk_from_message(message)


def test_a_time_before_the_epoch_is_refused() -> None:
    message = chunk()
    message.points[0].time_from_start.sec = -1
    with pytest.raises(MessageError, match="from 0 on"):
        messages.chunk_from_message(message)


def test_a_gap_is_refused() -> None:
    message = chunk()
    del message.points[1]
    with pytest.raises(MessageError, match="expected tick 6, got tick 7"):
        messages.chunk_from_message(message)


def test_an_empty_chunk_is_refused() -> None:
    message = chunk()
    message.points = []
    with pytest.raises(MessageError, match="at least one row"):
        messages.chunk_from_message(message)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(value: float) -> None:
    message = chunk()
    message.points[2].positions[7] = value
    with pytest.raises(MessageError, match="finite"):
        messages.chunk_from_message(message)
    request = messages.request_to_message(PlanRequest("e", 0, np.zeros(STATE_DIM, np.float32)), STAMP)
    request.points[0].positions[9] = value
    with pytest.raises(MessageError, match=r"position\.FR_hip_joint: expected a finite value"):
        messages.request_from_message(request)


def test_a_request_has_one_point_and_an_epoch() -> None:
    request = messages.request_to_message(PlanRequest("e", 0, np.zeros(STATE_DIM, np.float32)), STAMP)
    request.header.frame_id = ""
    with pytest.raises(MessageError, match="epoch"):
        messages.request_from_message(request)
    request.header.frame_id = "e"
    request.points = []
    with pytest.raises(MessageError, match="points: expected 1, got 0"):
        messages.request_from_message(request)


@pytest.mark.parametrize("states", [np.zeros((0, STATE_DIM)), np.full((2, STATE_DIM), np.nan)])
def test_a_prediction_has_points_and_finite_values(states: np.ndarray) -> None:
    message = messages.prediction_to_message(PredictedStates("e", 0, states), STAMP)
    with pytest.raises(MessageError, match="plan_states points: expected one or more of finite values"):
        messages.prediction_from_message(message)


def test_predicted_joint_states_carry_positions_and_velocities() -> None:
    message = messages.predicted_joint_state(np.arange(STATE_DIM), STAMP)
    assert tuple(message.name) == JOINT_NAMES
    assert list(message.position) == [*range(9, 21)]
    assert list(message.velocity) == [*range(21, 33)]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_velocity_command_that_is_not_finite_is_refused(value: float) -> None:
    twist = Twist()
    twist.angular.z = value
    with pytest.raises(ValueError, match="yaw_rate"):
        messages.velocity_command(twist, 1.0)


def robot_state() -> RobotState:
    return RobotState(
        tick=1,
        angular_velocity=np.array([1.0, 2.0, 3.0]),
        quaternion=np.array([0.5, 0.1, -0.7, 0.5]),
        acceleration=np.array([4.0, 5.0, 6.0]),
        q=np.arange(12.0),
        dq=np.arange(12.0) + 20,
        torque=np.arange(12.0) + 40,
        temperature=np.full(12, 30.0),
        battery_soc=55,
        voltage=29.5,
        remote=Remote(),
    )


def test_orientation_in_ros_is_x_y_z_w() -> None:
    message = messages.imu(robot_state(), STAMP)
    orientation = message.orientation
    assert (orientation.w, orientation.x, orientation.y, orientation.z) == (0.5, 0.1, -0.7, 0.5)
    assert message.angular_velocity.y == 2.0
    assert message.linear_acceleration.z == 6.0


def test_joint_states_carry_names_and_measurements() -> None:
    message = messages.joint_state(robot_state(), STAMP)
    assert tuple(message.name) == JOINT_NAMES
    assert (message.position[3], message.velocity[3], message.effort[3]) == (3.0, 23.0, 43.0)


def test_battery_says_what_is_known_and_no_more() -> None:
    message = messages.battery(robot_state(), STAMP)
    assert message.percentage == pytest.approx(0.55)
    assert message.voltage == pytest.approx(29.5)
    assert np.isnan(message.current)
