"""Every reward term that an operator can weigh."""

from diffusion_mpc_ros.planning.rewards.joints import JointAcceleration, JointVelocity, Posture, Range
from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.rewards.trunk import Align, Smooth

TERMS: tuple[type[RewardTerm], ...] = (Posture, Range, JointVelocity, JointAcceleration, Align, Smooth)
