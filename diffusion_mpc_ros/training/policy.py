"""The demonstrator's network as a policy: what it is fed and what its output means."""

import numpy as np

from diffusion_mpc_ros.planning.observation import build_observation
from diffusion_mpc_ros.planning.trajectory import STATE_DIM
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER, STAND_POSE
from diffusion_mpc_ros.training.style import STYLE_WIDTH, Style

INPUT_WIDTH = STATE_DIM + STYLE_WIDTH
POLICY_NAME = "demonstrator.onnx"
"""The policy's graph in a model bundle, to compare with: ``policy_input`` (N, 49) to ``policy_output`` (N, 12)."""
ACTION_SCALE = 0.25
"""Joint target offset from the stand pose per unit of policy output, rad."""

_RESTING = build_observation(np.zeros(3), np.zeros(3), np.zeros(3), STAND_POSE, np.zeros(12), STAND_POSE)
_SCALE = build_observation(
    angular_velocity=np.full(3, 0.25),
    gravity=np.ones(3),
    command=np.array([2.0, 2.0, 1.0]),
    q=np.ones(12),
    dq=np.full(12, 0.05),
    previous_action=np.full(12, 1 / ACTION_SCALE),
)
"""Brings every column of an observation, less its value at rest, to the order of one."""


def policy_input(observation: np.ndarray, style: Style) -> np.ndarray:
    """Policy input (N, 49) of order one, from observations (N, 45) and styles."""
    scaled = np.empty((len(observation), INPUT_WIDTH), dtype=np.float32)
    scaled[:, :STATE_DIM] = np.clip((observation - _RESTING) * _SCALE, -10, 10)
    scaled[:, STATE_DIM:] = style.features()
    return scaled


def joint_targets(policy_output: np.ndarray) -> np.ndarray:
    """Joint targets (N, 12) in rad within the mechanical limits, from policy outputs (N, 12)."""
    return np.clip(STAND_POSE + ACTION_SCALE * policy_output, JOINT_LOWER, JOINT_UPPER)
