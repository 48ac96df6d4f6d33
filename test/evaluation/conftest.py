from dataclasses import replace

import numpy as np
import pytest

from diffusion_mpc_ros.planning.onnx_models import ModelBundle
from diffusion_mpc_ros.planning.trajectory import JOINT_POSITION

LINK = 0.213


class LegHeight:
    """Trunk height from the legs' mean vertical length: what a network would have learned, roughly."""

    def __call__(self, tau: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        q = tau[..., JOINT_POSITION].astype(np.float64)
        thigh, lower = q[..., 1::3], q[..., 1::3] + q[..., 2::3]
        slope = np.zeros_like(q)
        slope[..., 2::3] = -LINK * np.sin(lower) / lower[0].size
        slope[..., 1::3] = -LINK * np.sin(thigh) / lower[0].size + slope[..., 2::3]
        gradient = np.zeros(tau.shape, np.float32)
        gradient[..., JOINT_POSITION] = slope
        return LINK * (np.cos(thigh) + np.cos(lower)).mean(axis=(1, 2)), gradient


@pytest.fixture
def model_knows_its_height(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bundles come with a height, learned or not."""
    load = ModelBundle.load
    known = {"base_height": LegHeight()}
    monkeypatch.setattr(ModelBundle, "load", lambda *arguments: replace(load(*arguments), quantities=known))
