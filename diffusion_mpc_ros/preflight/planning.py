"""Checks of the model and of what this computer can plan with it."""

import math
import time

import numpy as np

from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.planning.manifest import BundleError
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.parameter_file import read_parameter_file
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.planning.trajectory import DT, GRAVITY, JOINT_POSITION, PREVIOUS_ACTION, STATE_DIM
from diffusion_mpc_ros.preflight.check import Check, attempt
from diffusion_mpc_ros.resources import model_directory, resource_directory
from diffusion_mpc_ros.robot.spec import LIMITS, SETUP, STAND_POSE

MARGIN = ControllerConfig().margin
"""Control ticks a plan may take, the executor's default."""
TRANSPORT_S = 0.008
"""For request and chunk on their way, and for the tick that is waited for."""
PLANS = 40
CANDIDATES = (1, 4, 16, 64)


def checks(model: str) -> list[Check]:
    """The bundle, and the time of its plans if it is sound."""
    try:
        bundle = ModelBundle.load(model_directory(model), SETUP)
    except (BundleError, FileNotFoundError) as error:
        return [Check("model", False, " ".join(str(error).split()), "give another --model, or train and export anew")]
    manifest = bundle.manifest
    seen = f"'{manifest.name}' of revision {manifest.git_revision}, horizon {bundle.horizon}, every hash fits"
    return [
        Check("model", True, seen),
        attempt("plan time", lambda: _plan_time(bundle), "see docs/realtime.md", ValueError),
    ]


def _plan_time(bundle: ModelBundle) -> Check:
    schema = ObjectiveSchema.of(LIMITS, bundle.schedule.num_steps, bundle.resources)
    known = {spec.name for spec in schema.specs}
    deployed = read_parameter_file(resource_directory("config") / "planner.yaml")
    settings = {name: value for name, value in deployed.items() if name in known}
    slowest = {}
    for candidates in CANDIDATES:
        objective = schema.objective({**settings, "sampler.candidates": candidates}, revision=0)
        planner = Planner(bundle, np.random.default_rng(0))
        times = []
        for tick in range(PLANS):
            start_s = time.perf_counter()
            planner.plan(_standing(), objective, tick)
            times.append(time.perf_counter() - start_s)
        slowest[candidates] = float(np.percentile(times[PLANS // 4 :], 95))
        if slowest[candidates] > MARGIN * DT:
            break
    deployed_s = slowest[CANDIDATES[0]]
    needed = math.ceil((deployed_s + TRANSPORT_S) / DT)
    allowed = [count for count, seconds in slowest.items() if seconds + TRANSPORT_S <= MARGIN * DT]
    seen = f"{1e3 * deployed_s:.1f} ms (95 %) for one candidate: margin of at least {needed} ticks; "
    seen += f"at {MARGIN} up to {max(allowed, default=0)} candidates"
    advice = f"set margin to {needed}, use fewer sampler.steps, or a faster computer"
    return Check("plan time", needed <= MARGIN, seen, advice)


def _standing() -> np.ndarray:
    standing = np.zeros((1, STATE_DIM), np.float32)
    standing[:, GRAVITY] = 0.0, 0.0, -1.0
    standing[:, JOINT_POSITION] = standing[:, PREVIOUS_ACTION] = STAND_POSE
    return standing
