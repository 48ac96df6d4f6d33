"""What the demonstrator is rewarded for: one small function a term, weighted and summed.

Each function maps a ``Walk`` (the state of N environments after a control tick) to (N,) values.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.planning.trajectory import DT, joint_indices
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, STAND_POSE
from diffusion_mpc_ros.training.style import Style

HIPS = joint_indices(segments=("hip",))
REAR_CALVES = joint_indices(legs=("RR", "RL"), segments=("calf",))
STEP_TIME = 0.12
"""Air time of a step that is neither rewarded nor punished, s."""
FRUGAL_PACE = 0.8
"""Pace of the feet from which on frugality is asked for whole, m/s; below, in proportion: by the metre."""
FOOT_CIRCLE = 0.24
"""Distance of the feet from the trunk's centre, m: what a turning robot's feet travel by."""


@dataclass(frozen=True)
class Walk:
    """Arrays of N environments in physical units, body frame where a frame matters."""

    command: np.ndarray  # (N, 3) m/s, m/s, rad/s
    style: Style
    linear_velocity: np.ndarray  # (N, 3) m/s
    angular_velocity: np.ndarray  # (N, 3) rad/s
    gravity: np.ndarray  # (N, 3)
    height: np.ndarray  # (N,) m
    q: np.ndarray  # (N, 12) rad
    dq: np.ndarray  # (N, 12) rad/s
    ddq: np.ndarray  # (N, 12) rad/s^2
    torque: np.ndarray  # (N, 12) N m
    actions: np.ndarray  # (N, 3, 12) rad: this tick's and the two before
    contact: np.ndarray  # (N, 4) bool
    landed: np.ndarray  # (N, 4) bool: touched down in this tick
    air_time: np.ndarray  # (N, 4) s since the foot left the ground, before landing
    foot_height: np.ndarray  # (N, 4) m
    foot_speed: np.ndarray  # (N, 4) m/s, horizontal

    @property
    def moving(self) -> np.ndarray:
        """Which environments (N,) are told to move."""
        return np.abs(self.command).max(axis=-1) > 0.05


def _squares(values: np.ndarray) -> np.ndarray:
    return np.square(values).sum(axis=-1)


def _velocity_error(walk: Walk) -> np.ndarray:
    return np.linalg.norm(walk.command[:, :2] - walk.linear_velocity[:, :2], axis=-1)


def _yaw_error(walk: Walk) -> np.ndarray:
    return np.abs(walk.command[:, 2] - walk.angular_velocity[:, 2])


def alive(walk: Walk) -> np.ndarray:
    """1 at every tick."""
    return np.ones(len(walk.height))


def velocity_tracking(walk: Walk) -> np.ndarray:
    """1 at the commanded horizontal velocity, falling to 1/e at an error of 0.32 m/s."""
    return np.exp(-np.square(_velocity_error(walk)) / 0.1)


def velocity_error(walk: Walk) -> np.ndarray:
    """Error of the horizontal velocity, m/s: pulls where the exponential is flat."""
    return _velocity_error(walk)


def yaw_tracking(walk: Walk) -> np.ndarray:
    """1 at the commanded yaw rate, falling to 1/e at an error of 0.32 rad/s."""
    return np.exp(-np.square(_yaw_error(walk)) / 0.1)


def yaw_error(walk: Walk) -> np.ndarray:
    """Error of the yaw rate, rad/s."""
    return _yaw_error(walk)


def vertical_velocity(walk: Walk) -> np.ndarray:
    """Square of the vertical velocity, (m/s)^2."""
    return np.square(walk.linear_velocity[:, 2])


def tilt_rate(walk: Walk) -> np.ndarray:
    """Square of the roll and pitch rates, (rad/s)^2."""
    return _squares(walk.angular_velocity[:, :2])


def tilt(walk: Walk) -> np.ndarray:
    """Square of the sine of the tilt."""
    return _squares(walk.gravity[:, :2])


def height_error(walk: Walk) -> np.ndarray:
    """Error of the trunk's height, m."""
    return np.abs(walk.height - walk.style.height)


def torque(walk: Walk) -> np.ndarray:
    """Sum of the squared joint torques, (N m)^2."""
    return _squares(walk.torque)


def power(walk: Walk) -> np.ndarray:
    """Sum of the joints' absolute mechanical power, W."""
    return np.abs(walk.torque * walk.dq).sum(axis=-1)


def _frugality(walk: Walk) -> np.ndarray:
    """Share (N,) of frugality in force: less for the slow, whom it would pay to stand still."""
    forward, sideways, turning = np.abs(walk.command.T)
    pace = np.hypot(forward, sideways) + FOOT_CIRCLE * turning
    return walk.style.frugality * np.minimum(pace / FRUGAL_PACE, 1.0)


def frugal_power(walk: Walk) -> np.ndarray:
    """Mechanical power where frugality is asked for, W."""
    return _frugality(walk) * power(walk)


def frugal_speed(walk: Walk) -> np.ndarray:
    """Sum of the squared joint speeds where frugality is asked for, (rad/s)^2."""
    return _frugality(walk) * _squares(walk.dq)


def rear_calf_posture(walk: Walk) -> np.ndarray:
    """Squared distance of the rear calves' mean from the angle asked for, if any, rad^2."""
    return np.square(walk.q[:, REAR_CALVES].mean(axis=-1) - walk.style.rear_calf) * walk.style.calves_asked


def joint_acceleration(walk: Walk) -> np.ndarray:
    """Sum of the squared joint accelerations, (rad/s^2)^2."""
    return _squares(walk.ddq)


def action_rate(walk: Walk) -> np.ndarray:
    """Sum of the squared first differences of the targets, rad^2."""
    return _squares(walk.actions[:, 0] - walk.actions[:, 1])


def action_curvature(walk: Walk) -> np.ndarray:
    """Sum of the squared second differences of the targets, rad^2."""
    return _squares(walk.actions[:, 0] - 2 * walk.actions[:, 1] + walk.actions[:, 2])


def hip_posture(walk: Walk) -> np.ndarray:
    """Sum of the hips' squared distances from the stand pose, rad^2."""
    return _squares((walk.q - STAND_POSE)[:, HIPS])


def joint_limits(walk: Walk) -> np.ndarray:
    """How far joints are within 0.1 rad of their limits or beyond, summed, rad."""
    margin = 0.1
    return (np.maximum(walk.q - (JOINT_UPPER - margin), 0) + np.maximum(JOINT_LOWER + margin - walk.q, 0)).sum(axis=-1)


def step_time(walk: Walk) -> np.ndarray:
    """At touch-down: the air time beyond STEP_TIME, at most 0.15 s, s; negative for shorter steps."""
    excess = np.clip(walk.air_time - STEP_TIME, -STEP_TIME, 0.15)
    return (excess * walk.landed).sum(axis=-1) * walk.moving


def trot(walk: Walk) -> np.ndarray:
    """1 while one diagonal pair of feet stands and the other swings."""
    front_right, front_left, rear_right, rear_left = walk.contact.T
    diagonals = (front_right == rear_left) & (front_left == rear_right)
    return diagonals & (front_right != front_left) & walk.moving


def foot_clearance(walk: Walk) -> np.ndarray:
    """Squared error of the swinging feet's height, times their speed, m^3/s."""
    return (np.square(walk.foot_height - walk.style.clearance[:, None]) * walk.foot_speed * ~walk.contact).sum(axis=-1)


def foot_slip(walk: Walk) -> np.ndarray:
    """Sum of the squared horizontal speeds of standing feet, (m/s)^2."""
    return (np.square(walk.foot_speed) * walk.contact).sum(axis=-1)


def stillness(walk: Walk) -> np.ndarray:
    """Joint speeds, rad/s, and 4 for every lifted foot, where no motion is commanded."""
    restless = np.abs(walk.dq).sum(axis=-1) + 4.0 * (~walk.contact).sum(axis=-1)
    return restless * ~walk.moving


Term = Callable[[Walk], np.ndarray]

WEIGHTS: Mapping[Term, float] = {
    alive: 3.0,
    velocity_tracking: 2.0,
    velocity_error: -4.0,
    yaw_tracking: 0.8,
    yaw_error: -1.5,
    vertical_velocity: -1.0,
    tilt_rate: -0.03,
    tilt: -2.0,
    height_error: -20.0,
    torque: -1e-4,
    power: -5e-4,
    frugal_power: -1.5e-2,
    frugal_speed: -2.5e-2,
    rear_calf_posture: -8.0,
    joint_acceleration: -1.5e-7,
    action_rate: -0.15,
    action_curvature: -0.1,
    hip_posture: -0.4,
    joint_limits: -2.0,
    step_time: 4.0,
    trot: 0.8,
    foot_clearance: -10.0,
    foot_slip: -0.1,
    stillness: -0.02,
}
"""Reward per second of each term."""

FALL_PENALTY = 2.0
"""Reward taken for a fall: dying must never pay, however bad the walk is."""


def reward(
    walk: Walk, fallen: np.ndarray, weights: Mapping[Term, float] = WEIGHTS, fall_penalty: float = FALL_PENALTY
) -> tuple[np.ndarray, dict[str, float]]:
    """Reward of one control tick (N,), and the mean of each weighted term per second for the log.

    ``fallen`` (N,) tells which environments ended in a fall.
    """
    total = np.zeros(len(walk.height))
    means = {}
    for term, weight in weights.items():
        value = weight * term(walk)
        total += value
        means[term.__name__] = float(value.mean())
    return total * DT - fall_penalty * fallen, means
