"""Every reward term that an operator can weigh."""

from functools import cache

from diffusion_mpc_ros.planning.rewards.installed import installed_terms
from diffusion_mpc_ros.planning.rewards.joints import ActionRate, JointAcceleration, JointVelocity, Posture, Range
from diffusion_mpc_ros.planning.rewards.learned import BaseHeight, Energy, FootLift
from diffusion_mpc_ros.planning.rewards.shares import LegPostureShare, LegVelocityShare
from diffusion_mpc_ros.planning.rewards.slope import SlopePosture
from diffusion_mpc_ros.planning.rewards.term import RewardTerm
from diffusion_mpc_ros.planning.rewards.trunk import Align, Smooth
from diffusion_mpc_ros.planning.rewards.velocity import VelocityTracking

BUILT_IN: tuple[type[RewardTerm], ...] = (
    Posture,
    Range,
    JointVelocity,
    JointAcceleration,
    ActionRate,
    LegVelocityShare,
    LegPostureShare,
    Align,
    Smooth,
    VelocityTracking,
    BaseHeight,
    Energy,
    FootLift,
    SlopePosture,
)
OTHER_GROUPS = frozenset({"constraints", "sampler", "cache", "feedback"})
"""Groups of parameters that are no term's."""


@cache  # what is installed does not change while a process runs, and looking takes some 40 ms
def terms() -> tuple[type[RewardTerm], ...]:
    """The built-in terms, then the operators' own, sorted by name.

    Raises:
        RewardTermError: an own term that cannot be used.
    """
    return BUILT_IN + installed_terms(OTHER_GROUPS.union(term.name for term in BUILT_IN))
