"""The demonstrator that a bundle imitates, as a controller to compare the planner with."""

from pathlib import Path

import numpy as np

from diffusion_mpc_ros.planning.manifest import MANIFEST_NAME, BundleError, fault
from diffusion_mpc_ros.planning.onnx_graphs import open_session
from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.trajectory import ACTION_DIM
from diffusion_mpc_ros.training.policy import INPUT_WIDTH, POLICY_NAME, joint_targets, policy_input
from diffusion_mpc_ros.training.style import Style

INPUTS = {"policy_input": ("tensor(float)", ("M", INPUT_WIDTH))}
OUTPUTS = {"policy_output": ("tensor(float)", ("M", ACTION_DIM))}


class DemonstratorController:
    """The demonstrator at every tick, without delay (see ``Controller``).

    Args:
        directory: of the bundle, which was loaded and thereby verified.
        bundle: what was loaded.

    Raises:
        BundleError: the bundle has no demonstrator, or another graph in its place.
    """

    def __init__(self, directory: Path, bundle: ModelBundle) -> None:
        if POLICY_NAME not in bundle.manifest.files:
            raise BundleError(fault(f"{MANIFEST_NAME}: files", f"sha256 of {POLICY_NAME}", "none"))
        self._session = open_session(directory / POLICY_NAME, INPUTS, OUTPUTS)

    def targets(self, tick: int, observation: np.ndarray) -> np.ndarray:
        """See ``Controller``."""
        inputs = policy_input(observation, Style.usual(len(observation)))
        return joint_targets(self._session.run(None, {"policy_input": inputs})[0])
