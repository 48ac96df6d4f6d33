"""Trials in which operators set what must not be set, tighten limits of a walk, or start a planner on a wrong model."""

import math
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from diffusion_mpc_ros.demo.stack import PLANNER
from diffusion_mpc_ros.faults.outcome import Outcome
from diffusion_mpc_ros.faults.rig import Rig
from diffusion_mpc_ros.planning.manifest import MANIFEST_NAME
from diffusion_mpc_ros.planning.trajectory import joint_indices
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_UPPER

START_TIMEOUT_S = 60.0
WALK_S = 1.0
ROUNDING = 1e-9
CALVES = joint_indices(segments=("calf",))

WRONG_MODELS = (
    ("horizon: 11", "horizon: 12", "encoder.onnx: output offset"),
    ("kp: 40.0", "kp: 20.0", "kp"),
    ("- -0.1\n- 0.8", "- 0.8\n- -0.1", "stand_pose"),
    ("denoiser.onnx: ", "denoiser.onnx: 0", "denoiser.onnx"),
)
"""In the manifest: what is written, what then, and the name that the refusal tells."""
WRONG_CALLS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("planner", {"posture.weight": math.nan}, "posture.weight"),
    ("planner", {"joint_velocity.weight": 1.0, "posture.target": [0.0, 1.0]}, "posture.target"),
    ("planner", {"postures.weight": 1.0}, "postures.weight"),
    ("planner", {"range.lower": [3.0] * 12, "range.upper": [-3.0] * 12}, "range.lower"),
    ("planner", {"sampler.candidates": 0}, "sampler.candidates"),
    ("executor", {"joint_upper": [math.inf] * 12}, "joint_upper"),
    ("executor", {"joint_lower": JOINT_UPPER.tolist(), "joint_upper": JOINT_LOWER.tolist()}, "joint_lower"),
    ("executor", {"command_limit": [0.1, 0.1, 0.1], "max_step": 9.0}, "max_step"),
)
"""Node, call, and the name that the refusal tells."""


def model_is_wrong(rig: Rig, trials: int) -> None:
    """A planner is started with an altered bundle: it ends, and says which field it was."""
    outcome = rig.begin(Outcome("13", "planner started with an altered model", 1e3 * START_TIMEOUT_S))
    for trial in range(trials):
        written, spoilt, name = WRONG_MODELS[trial % len(WRONG_MODELS)]
        bundle = rig.logs / "altered"
        shutil.copytree(model_directory("walk"), bundle)
        manifest = bundle / MANIFEST_NAME
        manifest.write_text(manifest.read_text().replace(written, spoilt, 1))
        began_s = time.monotonic()
        ended = _run_planner(rig, bundle)
        shutil.rmtree(bundle)
        outcome.seen(time.monotonic() - began_s if ended.returncode else None, "refused")
        if name not in ended.stdout.splitlines()[-1]:
            outcome.failed(f"{name} is not named: {ended.stdout.splitlines()[-1]!r}")


def call_is_wrong(rig: Rig, trials: int) -> None:
    """Impossible set calls while the robot walks: each is refused with its reason, changes nothing, and the walk goes
    on.
    """
    outcome = rig.begin(Outcome("14", "impossible parameters set while walking", 1000.0))
    for trial in range(trials):
        node, values, name = WRONG_CALLS[trial % len(WRONG_CALLS)]
        rig.walk()
        known = [each for each in values if each != "postures.weight"]
        before = rig.get(node, known)
        began_s = time.monotonic()
        accepted, reason = rig.set(node, values)
        outcome.seen(None if accepted else time.monotonic() - began_s, "rejected")
        if name not in reason:
            outcome.failed(f"{name} is not named: {reason!r}")
        if rig.get(node, known) != before:
            outcome.failed(f"{values} left something behind")
        rig.operator.spin(WALK_S)
        if rig.operator.mode != "walking":
            outcome.failed(f"{rig.operator.mode} after {values}")


def limits_are_tightened(rig: Rig, trials: int) -> None:
    """The executor's joint limits are tightened while it walks by plans that do not know: every target is within them
    from the set call's return on, but for a tick that was being sent.
    """
    outcome = rig.begin(Outcome("15", "executor's limits tightened while walking", 60.0))
    wide = JOINT_LOWER.tolist(), JOINT_UPPER.tolist()
    for trial in range(trials):
        rig.walk()
        rig.operator.spin(WALK_S)
        lower = JOINT_LOWER.copy()
        lower[CALVES] = -1.9 + 0.02 * (trial % 10)
        rig.operator.targets.clear()
        accepted, reason = rig.set("executor", {"joint_lower": lower.tolist()})
        returned_s = time.monotonic()
        rig.operator.spin(WALK_S)
        beyond = [at_s for at_s, target in rig.operator.targets if (np.array(target) < lower - ROUNDING).any()]
        if not accepted:
            outcome.failed(reason)
        outcome.seen(max(0.0, max(beyond, default=returned_s) - returned_s), "tightened, goes on")
        if rig.operator.mode != "walking" or not rig.operator.targets:
            outcome.failed(f"{rig.operator.mode}, {len(rig.operator.targets)} targets heard")
        rig.set("executor", dict(zip(("joint_lower", "joint_upper"), wide, strict=True)))


def _run_planner(rig: Rig, bundle: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", PLANNER, "--ros-args", "-p", f"model:={bundle}"]
    return subprocess.run(
        command,
        env=rig.stack.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=START_TIMEOUT_S,
        check=False,
    )
