"""Between ROS messages and the package's own types: the only place that reads or fills message fields.

Plan requests, chunks and predictions are trajectories addressed by control tick: ``header.frame_id`` is the epoch and
``time_from_start`` is tick x 20 ms, exact in integer nanoseconds. ``header.stamp`` is for bags, never for control.

Numbers for plots go out as joint states, names beside positions: tools that plot know no other standard message that
holds named numbers of any kind.
"""

from collections.abc import Sequence

import numpy as np
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Twist
from sensor_msgs.msg import BatteryState, Imu, JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from diffusion_mpc_ros.execution.action_chunk import ActionChunk, ChunkError
from diffusion_mpc_ros.execution.control_output import PlanRequest
from diffusion_mpc_ros.execution.predictions import PredictedStates
from diffusion_mpc_ros.execution.velocity_command import VelocityCommand
from diffusion_mpc_ros.planning.trajectory import (
    DT,
    JOINT_NAMES,
    JOINT_POSITION,
    JOINT_VELOCITY,
    NUM_JOINTS,
    STATE_NAMES,
)
from diffusion_mpc_ros.robot.state import RobotState

TICK_NS = round(DT * 1e9)
"""Duration of a control tick, ns."""
_SECOND_NS = 1_000_000_000


class MessageError(ValueError):
    """A message that must not be used: the field, what was expected and what came."""


def request_to_message(request: PlanRequest, stamp: Time) -> JointTrajectory:
    """A plan request as a trajectory of one point: the observation at its tick, then the committed targets."""
    names = (*STATE_NAMES, *_committed_names(len(request.committed)))
    row = np.concatenate([request.observation, request.committed.ravel()])
    return _trajectory(request.epoch, request.tick, names, row[None], stamp)


def request_from_message(message: JointTrajectory) -> PlanRequest:
    """The plan request in a message.

    Raises:
        MessageError: empty epoch, other names, not one point, wrong length, not finite, or a time that is no tick.
    """
    if not message.header.frame_id:
        raise MessageError("plan_request header.frame_id: expected the epoch, got an empty string")
    names = (*STATE_NAMES, *_committed_names(max(0, len(message.joint_names) - len(STATE_NAMES)) // NUM_JOINTS))
    tick, rows = _rows("plan_request", message, names)
    if len(rows) != 1:
        raise MessageError(f"plan_request points: expected 1, got {len(rows)}")
    if not np.isfinite(rows).all():
        culprit = names[int(np.argmin(np.isfinite(rows[0])))]
        raise MessageError(f"plan_request {culprit}: expected a finite value")
    observation, committed = np.split(rows[0].astype(np.float32), [len(STATE_NAMES)])
    return PlanRequest(message.header.frame_id, tick, observation, committed.reshape(-1, NUM_JOINTS))


def _committed_names(rows: int) -> list[str]:
    return [f"committed_{row}.{joint}" for row in range(rows) for joint in JOINT_NAMES]


def chunk_to_message(chunk: ActionChunk, stamp: Time) -> JointTrajectory:
    """An action chunk as a trajectory with one point a tick."""
    return _trajectory(chunk.epoch, chunk.start_tick, JOINT_NAMES, chunk.targets, stamp)


def chunk_from_message(message: JointTrajectory) -> ActionChunk:
    """The action chunk in a message.

    Raises:
        MessageError: other joint names, a wrong length, times that are not consecutive ticks, or a chunk that is
            malformed itself (empty, not finite).
    """
    start_tick, rows = _rows("plan_chunk", message, JOINT_NAMES)
    try:
        return ActionChunk(message.header.frame_id, start_tick, rows)
    except ChunkError as error:
        raise MessageError(f"plan_chunk {error}") from error


def prediction_to_message(predicted: PredictedStates, stamp: Time) -> JointTrajectory:
    """Predicted states as a trajectory with one point a tick."""
    return _trajectory(predicted.epoch, predicted.start_tick, STATE_NAMES, predicted.states, stamp)


def prediction_from_message(message: JointTrajectory) -> PredictedStates:
    """The predicted states in a message.

    Raises:
        MessageError: other names, a wrong length, times that are not consecutive ticks, no point, or not finite.
    """
    start_tick, rows = _rows("plan_states", message, STATE_NAMES)
    if len(rows) == 0 or not np.isfinite(rows).all():
        raise MessageError(f"plan_states points: expected one or more of finite values, got {len(rows)} points")
    return PredictedStates(message.header.frame_id, start_tick, rows)


def named_numbers(names: Sequence[str], values: Sequence[float], frame_id: str, stamp: Time) -> JointState:
    """Numbers for plots, each below its name."""
    message = JointState(name=names, position=values)
    message.header.stamp = stamp
    message.header.frame_id = frame_id
    return message


def velocity_command(message: Twist, received_s: float) -> VelocityCommand:
    """The planar part of a Twist.

    Raises:
        ValueError: NaN or infinity, naming the component.
    """
    return VelocityCommand(message.linear.x, message.linear.y, message.angular.z, received_s)


def joint_state(state: RobotState, stamp: Time) -> JointState:
    """Measured joint positions (rad), velocities (rad/s) and torques (N m)."""
    message = JointState(name=JOINT_NAMES, position=state.q, velocity=state.dq, effort=state.torque)
    message.header.stamp = stamp
    return message


def joint_target(q: np.ndarray, stamp: Time) -> JointState:
    """Joint position targets (12,), rad."""
    message = JointState(name=JOINT_NAMES, position=q)
    message.header.stamp = stamp
    return message


def predicted_joint_state(state: np.ndarray, stamp: Time) -> JointState:
    """Joint positions (rad) and velocities (rad/s) of a predicted state (45,)."""
    message = JointState(name=JOINT_NAMES, position=state[JOINT_POSITION], velocity=state[JOINT_VELOCITY])
    message.header.stamp = stamp
    return message


def imu(state: RobotState, stamp: Time) -> Imu:
    """The trunk's IMU. The robot's quaternion is w, x, y, z; the one in ROS messages is x, y, z, w."""
    message = Imu()
    message.header.stamp = stamp
    message.header.frame_id = "imu"
    orientation = message.orientation
    orientation.w, orientation.x, orientation.y, orientation.z = state.quaternion.tolist()
    rate = message.angular_velocity
    rate.x, rate.y, rate.z = state.angular_velocity.tolist()
    acceleration = message.linear_acceleration
    acceleration.x, acceleration.y, acceleration.z = state.acceleration.tolist()
    return message


def battery(state: RobotState, stamp: Time) -> BatteryState:
    """Charge and voltage; what is not measured here is NaN, as the message's definition asks."""
    message = BatteryState(
        voltage=state.voltage,
        percentage=state.battery_soc / 100,
        power_supply_status=BatteryState.POWER_SUPPLY_STATUS_DISCHARGING,
        power_supply_technology=BatteryState.POWER_SUPPLY_TECHNOLOGY_LION,
        present=True,
    )
    for unknown in ("temperature", "current", "charge", "capacity", "design_capacity"):
        setattr(message, unknown, float("nan"))
    message.header.stamp = stamp
    return message


def _trajectory(epoch: str, start_tick: int, names: Sequence[str], rows: np.ndarray, stamp: Time) -> JointTrajectory:
    """Rows (H, len(names)) of consecutive ticks."""
    message = JointTrajectory(joint_names=list(names))
    message.header.stamp = stamp
    message.header.frame_id = epoch
    for tick, row in enumerate(rows.tolist(), start_tick):
        second, nanosecond = divmod(tick * TICK_NS, _SECOND_NS)
        point = JointTrajectoryPoint(positions=row, time_from_start=Duration(sec=second, nanosec=nanosecond))
        message.points.append(point)
    return message


def _rows(what: str, message: JointTrajectory, names: Sequence[str]) -> tuple[int, np.ndarray]:
    """First tick and rows (H, len(names)) of a trajectory with one point a tick."""
    if tuple(message.joint_names) != tuple(names):
        raise MessageError(f"{what} joint_names: {_difference(message.joint_names, names)}")
    first_tick = 0
    for index, point in enumerate(message.points):
        if len(point.positions) != len(names):
            raise MessageError(
                f"{what} points[{index}].positions: expected {len(names)} values, got {len(point.positions)}"
            )
        since_start = point.time_from_start
        tick, rest = divmod(since_start.sec * _SECOND_NS + since_start.nanosec, TICK_NS)
        if rest or tick < 0:
            raise MessageError(
                f"{what} points[{index}].time_from_start: expected a multiple of 20 ms from 0 on, "
                f"got {since_start.sec} s {since_start.nanosec} ns"
            )
        if index == 0:
            first_tick = tick
        if tick != first_tick + index:
            raise MessageError(
                f"{what} points[{index}].time_from_start: expected tick {first_tick + index}, got tick {tick}"
            )
    rows = np.array([point.positions for point in message.points], dtype=np.float64)
    return first_tick, rows.reshape(len(message.points), len(names))


def _difference(got: Sequence[str], expected: Sequence[str]) -> str:
    if len(got) != len(expected):
        return f"expected {len(expected)} names, got {len(got)}"
    index = next(i for i, (name, wanted) in enumerate(zip(got, expected, strict=True)) if name != wanted)
    return f"expected '{expected[index]}' at {index}, got '{got[index]}'"
