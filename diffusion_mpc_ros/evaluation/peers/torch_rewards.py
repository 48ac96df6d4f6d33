"""The ten analytic terms of ``planning/rewards`` as one PyTorch function; its gradient is automatic differentiation's.

A test holds value and gradient to the terms' own.
"""

import torch
from torch import Tensor

from diffusion_mpc_ros.planning.leg_kinematics import FOOT_OFFSET, HIP_ORIGIN, LINK, THIGH_OFFSET
from diffusion_mpc_ros.planning.leg_odometry import DEPTH_SCALE
from diffusion_mpc_ros.planning.rewards.direction import MIN_NORM
from diffusion_mpc_ros.planning.rewards.shares import POSTURE_FLOOR, REAR_LEGS, VELOCITY_FLOOR
from diffusion_mpc_ros.planning.trajectory import (
    ACTION,
    ANGULAR_VELOCITY,
    COMMAND,
    DT,
    GRAVITY,
    JOINT_POSITION,
    JOINT_VELOCITY,
    PREVIOUS_ACTION,
)

YAW_GAIN = 0.25
REAR = torch.tensor(REAR_LEGS)
DOWN = torch.tensor([0.0, 0.0, -1.0])
ORIGIN, LATERAL = torch.from_numpy(HIP_ORIGIN), torch.from_numpy(THIGH_OFFSET)


def all_terms(tau: Tensor, target: Tensor, lower: Tensor, upper: Tensor) -> dict[str, Tensor]:
    """Each term's value (M,) of trajectories (M, H, 57): default parameters, but for targets and range, (12,) each."""
    q, dq, action = tau[..., JOINT_POSITION], tau[..., JOINT_VELOCITY], tau[..., ACTION]
    g = tau[..., GRAVITY]
    g = g / g.norm(dim=-1, keepdim=True).clamp(min=MIN_NORM)
    outside = (q - upper).clamp(min=0).square() + (lower - q).clamp(min=0).square()
    acceleration = dq.diff(dim=1) / DT
    before = torch.cat([tau[:, :1, PREVIOUS_ACTION].detach(), action], dim=1)
    return {
        "posture": -(q - target).square().sum(dim=-1).mean(dim=1),
        "range": -outside.sum(dim=-1).mean(dim=1),
        "joint_velocity": -dq.square().sum(dim=(1, 2)),
        "joint_acceleration": -acceleration.square().sum(dim=(1, 2)),
        "action_rate": -(before.diff(dim=1) / DT).square().sum(dim=(1, 2)),
        "align": (g @ DOWN).mean(dim=1) - 1.0,
        "smooth": -g.diff(dim=1).abs().sum(dim=(1, 2)),
        "leg_velocity_share": -_rear_share(dq, VELOCITY_FLOOR),
        "leg_posture_share": -_rear_share(q - target, POSTURE_FLOOR),
        "velocity_tracking": _velocity_tracking(tau, g),
    }


def _rear_share(x: Tensor, floor: float) -> Tensor:
    squares = x.square()
    return (squares[..., REAR].sum(dim=-1) / (squares.sum(dim=-1) + floor)).mean(dim=1)


def _velocity_tracking(tau: Tensor, down: Tensor) -> Tensor:
    q, dq = (tau[..., columns].unflatten(-1, (4, 3)) for columns in (JOINT_POSITION, JOINT_VELOCITY))
    omega, command = tau[..., ANGULAR_VELOCITY], tau[:, :1, COMMAND].detach()
    hip, thigh, knee = q[..., 0], q[..., 1], q[..., 1] + q[..., 2]
    hip_rate, thigh_rate, knee_rate = dq[..., 0], dq[..., 1], dq[..., 1] + dq[..., 2]
    offset, link = float(FOOT_OFFSET), float(LINK)
    x_thigh, z_thigh = -link * thigh.sin(), -link * thigh.cos()
    x_knee, z_knee = offset * knee.cos() - link * knee.sin(), -offset * knee.sin() - link * knee.cos()
    x, z = x_thigh + x_knee, z_thigh + z_knee
    x_rate = thigh_rate * z_thigh + knee_rate * z_knee
    z_rate = -(thigh_rate * x_thigh + knee_rate * x_knee)
    y = LATERAL * hip.cos() - z * hip.sin()
    height = LATERAL * hip.sin() + z * hip.cos()
    y_rate = -z_rate * hip.sin() - hip_rate * height
    x, y = x + ORIGIN[0], y + ORIGIN[1]
    along = -(x_rate + omega[..., 1:2] * height - omega[..., 2:3] * y)
    across = -(y_rate + omega[..., 2:3] * x - omega[..., 0:1] * height)
    depth = (torch.stack([x, y, height], dim=-1) * down[..., None, :]).sum(dim=-1)
    weights = torch.softmax(depth / DEPTH_SCALE, dim=-1)
    error = (weights * along).sum(dim=-1) - command[..., 0], (weights * across).sum(dim=-1) - command[..., 1]
    yaw = omega[..., 2] - command[..., 2]
    return -(error[0].square() + error[1].square() + YAW_GAIN * yaw.square()).mean(dim=1)
