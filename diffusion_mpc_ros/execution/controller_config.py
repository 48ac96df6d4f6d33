"""Settings of the controller."""

from dataclasses import dataclass

from diffusion_mpc_ros.safety.hard_limits import MAX_DAMPING_KD, MAX_STEP
from diffusion_mpc_ros.safety.safety_config import SafetyConfig


@dataclass(frozen=True)
class ControllerConfig(SafetyConfig):
    """Every setting of the controller, those of the monitors included, validated as a whole.

    Raises:
        ValueError: naming the setting, what was expected and what was got.
    """

    margin: int = 1
    """Ticks a plan may take before it takes over, D; a plan has to be longer. With 0 it takes over as soon as it comes,
    within the tick it was asked for in. Plans take milliseconds here, where the paper's need D = 3 (section IV-D)."""
    replan_period: int = 1
    """Ticks from one plan request to the next; with 0, when the newest plan has D ticks left (section IV-D). The first
    rows of a plan are its best, and what is executed meanwhile binds the next plan to the gait of the last: robots walk
    closer to the command than at four ticks, and much closer than at the paper's 8."""
    commits: bool = True
    """Whether plans go on from the D actions that are executed while they are made, so that seams are continuous."""
    grace_ticks: int = 3
    """Ticks a walk may go on by holding its last target, once the last plan has run out."""
    first_plan_ticks: int = 50
    """Ticks to wait for the first plan of a walk: the robot still stands, and a planner may be warming up."""
    command_timeout_s: float = 0.5
    """Age beyond which a velocity command counts as zero: five missed messages of a 10 Hz teleoperation."""
    damping_kd: float = 3.0
    """Derivative gain while damping, N m s/rad: the robot sinks within a second instead of dropping."""
    limit_margin: float = 0.02
    """Distance kept from the mechanical joint limits, rad: about the tracking error at 1 N m."""
    max_step: float = 0.6
    """Largest change of a target in one tick, rad: the fastest motor (30.1 rad/s) moves that far in 20 ms."""
    fold_s: float = 1.0
    """Time from the pose the robot is found in to the lie pose, s."""
    rise_s: float = 1.5
    """Time from the lie pose to the stand pose, s."""
    settle_s: float = 0.5
    """Time from walking to the stand pose, s: about one stride."""
    sit_s: float = 2.0
    """Time from the stand pose to the lie pose, s."""
    gain_fade_s: float = 0.5
    """Time over which the position gain grows before rising and falls after sitting, s."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("damping_kd", "max_step", "fold_s", "rise_s", "settle_s", "sit_s"):
            if getattr(self, name) == 0.0:
                raise ValueError(f"{name}: expected a value above 0, got 0")
        for name, limit in (("max_step", MAX_STEP), ("damping_kd", MAX_DAMPING_KD)):
            if getattr(self, name) > limit:
                raise ValueError(f"{name}: expected at most {limit:g}, got {getattr(self, name):g}")
