"""After it nothing is compiled any more, whatever a robot asks for. In a process of its own: others have compiled."""

import subprocess
import sys

SCRIPT = """
import gc, itertools
import numpy as np
from numba.core.registry import CPUDispatcher
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.planner import Planner
from diffusion_mpc_ros.planning.trajectory import GRAVITY, JOINT_POSITION, PREVIOUS_ACTION, STATE_DIM
from diffusion_mpc_ros.planning.warm_up import warm_up
from diffusion_mpc_ros.resources import model_directory
from diffusion_mpc_ros.robot.spec import LIMITS, SETUP, STAND_POSE

bundle = ModelBundle.load(model_directory("walk"), SETUP)
schema = ObjectiveSchema.of(LIMITS, bundle.schedule.num_steps, bundle.resources)
planner = Planner(bundle, np.random.default_rng(0), threads=2)
standing = np.zeros((1, STATE_DIM), np.float32)
standing[:, GRAVITY] = 0.0, 0.0, -1.0
standing[:, JOINT_POSITION] = standing[:, PREVIOUS_ACTION] = STAND_POSE
loops = [each for each in gc.get_objects() if isinstance(each, CPUDispatcher)]

def variants():
    return {loop.__name__: len(loop.signatures) for loop in loops}

warm_up(planner, schema, schema.objective({"sampler.candidates": 3}), standing)
warm = variants()
assert any(warm.values())
weighed = {f"{term.name}.weight": 1.0 for term in schema.terms}
for candidates, margin, method, steps in itertools.product((1, 2, 40), (0, 1, 3), ("ddpm", "ddim"), (0, 7)):
    sampler = {"sampler.candidates": candidates, "sampler.method": method, "cache.steps": steps}
    committed = np.tile(STAND_POSE, (1, margin, 1))
    for tick, values in enumerate((sampler, sampler | weighed)):
        planner.plan(standing, schema.objective(values), tick, committed)
assert variants() == warm, (warm, variants())
"""


def test_nothing_is_compiled_after_it() -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=300.0, check=False)
    assert run.returncode == 0, run.stderr
