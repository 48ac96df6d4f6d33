"""What to plan for: an immutable snapshot of rewards, constraints and sampling."""

from dataclasses import dataclass, field

from diffusion_mpc_ros.planning.constraints.constraint_set import ConstraintSet
from diffusion_mpc_ros.planning.rewards.composite import CompositeReward
from diffusion_mpc_ros.planning.sampling import SamplerSettings
from diffusion_mpc_ros.planning.velocity_feedback import VelocityFeedback
from diffusion_mpc_ros.planning.warm_start import WarmStart


@dataclass(frozen=True)
class Objective:
    """Everything a plan optimises and obeys, besides the learned prior.

    Attributes:
        reward: R(tau).
        constraints: C.
        sampling: number of candidates, guidance, sampler.
        warm_start: reuse of the previous plan.
        feedback: how the command is corrected; None where the model cannot measure velocities.
        revision: changes whenever anything else does; a plan made for another revision is not reused.

    Raises:
        ValueError: a cache as long as the chain.
    """

    reward: CompositeReward = field(default_factory=CompositeReward)
    constraints: ConstraintSet = field(default_factory=ConstraintSet)
    sampling: SamplerSettings = field(default_factory=SamplerSettings)
    warm_start: WarmStart = field(default_factory=WarmStart)
    feedback: VelocityFeedback | None = None
    revision: int = 0

    def __post_init__(self) -> None:
        saved, steps = self.warm_start.steps, self.sampling.steps
        if saved >= steps:
            raise ValueError(f"cache.steps: expected fewer than sampler.steps = {steps}, got {saved}")
