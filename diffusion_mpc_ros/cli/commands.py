"""The table of commands.

A command is a module with two functions, ``add_arguments(parser: argparse.ArgumentParser) -> None`` and
``run(args: argparse.Namespace) -> int`` (the exit code). Exceptions that it lists as ``USER_ERRORS`` end it with their
text as one line. The module is named, not imported: listing the commands
needs the standard library only.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        words: What is typed after ``python -m diffusion_mpc_ros``.
        summary: One line for ``--help``.
        module: Where ``add_arguments`` and ``run`` are.
        extra: The extra of ``setup.py`` that brings what the module imports; "" if the robot's side has it all.
    """

    words: tuple[str, ...]
    summary: str
    module: str
    extra: str

    @property
    def name(self) -> str:
        """The words as typed."""
        return " ".join(self.words)


_ROOT = "diffusion_mpc_ros"

COMMANDS = (
    Command(("preflight",), "everything that has to hold before a robot is armed", f"{_ROOT}.preflight.command", ""),
    Command(("demo",), "walk the simulated Go2 through the whole stack", f"{_ROOT}.demo.command", "sim"),
    Command(("live",), "set calls to a walking robot, and how soon it obeys", f"{_ROOT}.demo.live", "sim"),
    Command(("faults",), "every fault injected into the running stack", f"{_ROOT}.faults.command", "sim"),
    Command(("fuzz",), "broken chunks and model bundles, and what comes of them", f"{_ROOT}.faults.fuzz", "sim"),
    Command(("soak",), "a long walk with a random fault now and then", f"{_ROOT}.faults.soak", "sim"),
    Command(("render",), "a film of a recorded run", f"{_ROOT}.simulation.rendering.command", "sim"),
    Command(
        ("train", "all"), "every training stage, from nothing to a model bundle", f"{_ROOT}.training.pipeline", "train"
    ),
    Command(("train", "demonstrator"), "stage 1: the demonstrator, by PPO", f"{_ROOT}.training.demonstrator", "train"),
    Command(("train", "collect"), "stage 2: trajectories of the demonstrator", f"{_ROOT}.training.collect", "train"),
    Command(("train", "prior"), "stage 3: the trajectory diffusion model", f"{_ROOT}.training.prior", "train"),
    Command(("train", "rewards"), "stage 4: height, power and foot lift", f"{_ROOT}.training.reward_models", "train"),
    Command(("train", "odometry"), "stage 5: velocity, read off observations", f"{_ROOT}.training.odometry", "train"),
    Command(
        ("train", "export"), "stage 6: the model bundle that the planner loads", f"{_ROOT}.training.export", "train"
    ),
    Command(("train", "teacher"), "a policy told all, to lead finetuning", f"{_ROOT}.training.teacher", "train"),
    Command(("train", "finetune"), "the prior made robust by its own rollouts", f"{_ROOT}.training.finetune", "train"),
    Command(("train", "scratch"), "a planner from no demonstration at all", f"{_ROOT}.training.scratch", "train"),
    Command(
        ("train", "refresh"), "height, power, foot lift on the rollouts, too", f"{_ROOT}.training.refresh", "train"
    ),
    Command(("train", "slim"), "what a run has learned, small enough to hand on", f"{_ROOT}.training.slim", "train"),
    Command(
        ("evaluate", "walking"), "survival and velocity error over many robots", f"{_ROOT}.evaluation.walking", "train"
    ),
    Command(
        ("evaluate", "adaptation"),
        "six penalties under guidance, constraints, candidates",
        f"{_ROOT}.evaluation.adaptation",
        "train",
    ),
    Command(
        ("evaluate", "tuning"),
        "the strengths that evaluate adaptation uses, searched for",
        f"{_ROOT}.evaluation.tuning",
        "train",
    ),
    Command(("evaluate", "posture"), "rear calves led to other angles", f"{_ROOT}.evaluation.posture", "train"),
    Command(("evaluate", "energy"), "cost of transport over 100 m", f"{_ROOT}.evaluation.energy", "train"),
    Command(("evaluate", "height"), "the trunk lowered and raised again", f"{_ROOT}.evaluation.height", "train"),
    Command(("evaluate", "balancing"), "strikes by a pendulum withstood", f"{_ROOT}.evaluation.balancing", "train"),
    Command(
        ("evaluate", "deployment"),
        "margins, caches and replanning over the real stack",
        f"{_ROOT}.demo.deployment",
        "sim",
    ),
    Command(
        ("evaluate", "response"),
        "a command that jumps from forward to backward, followed",
        f"{_ROOT}.evaluation.response",
        "train",
    ),
    Command(
        ("evaluate", "replanning"),
        "what planning more often is worth, also under pushes",
        f"{_ROOT}.evaluation.replanning",
        "train",
    ),
    Command(
        ("evaluate", "finetuning"),
        "models with and without finetuning, range by range",
        f"{_ROOT}.evaluation.finetuning",
        "train",
    ),
    Command(
        ("evaluate", "efficiency"),
        "interactive training against PPO, at equal interactions",
        f"{_ROOT}.evaluation.efficiency",
        "train",
    ),
    Command(
        ("evaluate", "simulation"),
        "control steps a second of the batched simulation",
        f"{_ROOT}.evaluation.simulation_speed",
        "train",
    ),
    Command(("bench",), "latency of plans, beside plain PyTorch", f"{_ROOT}.evaluation.bench", "train"),
)
