"""A toy prior and a toy model bundle, both real: arithmetic in numpy, and the same arithmetic as an ONNX graph."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.manifest import Manifest, sha256_of
from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.planning.trajectory import NUM_JOINTS, WIDTH, RobotLimits

HORIZON = 11


class ToyDenoiser:
    """tau_0 = tanh(0.7 tau) + 0.01 k; keeps the calls it was given."""

    def __init__(self) -> None:
        self.calls: list[tuple[np.ndarray, int]] = []

    def __call__(self, tau: np.ndarray, k: int) -> np.ndarray:
        self.calls.append((tau.copy(), k))
        return np.tanh(np.float32(0.7) * tau) + np.float32(0.01 * k)


@pytest.fixture
def normalization() -> Normalization:
    rng = np.random.default_rng(5)
    return Normalization(rng.normal(0.0, 0.5, WIDTH), rng.uniform(0.1, 2.0, WIDTH))


@pytest.fixture
def prior(normalization: Normalization) -> Prior:
    return Prior(ToyDenoiser(), Schedule.cosine(10), normalization, HORIZON)


@pytest.fixture
def schema() -> ObjectiveSchema:
    limits = RobotLimits((-1.0,) * NUM_JOINTS, (1.1,) * NUM_JOINTS, (20.0,) * NUM_JOINTS, (0.0,) * NUM_JOINTS)
    return ObjectiveSchema.of(limits)


def toy_graph(
    horizon: int = HORIZON, width: int = WIDTH, output: str = "tau_0", k_type: int = TensorProto.INT64
) -> bytes:
    """The toy denoiser as ONNX."""
    shape: list[str | int | None] = ["M", horizon, width]
    nodes = [
        helper.make_node("Mul", ["tau", "gain"], ["scaled"]),
        helper.make_node("Tanh", ["scaled"], ["bent"]),
        helper.make_node("Cast", ["k"], ["level"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["level", "slope"], ["offset"]),
        helper.make_node("Add", ["bent", "offset"], [output]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [
            helper.make_tensor_value_info("tau", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("k", k_type, [1]),
        ],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
        [
            helper.make_tensor("gain", TensorProto.FLOAT, [], [0.7]),
            helper.make_tensor("slope", TensorProto.FLOAT, [], [0.01]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.fixture
def graph() -> Callable[..., bytes]:
    return toy_graph


@pytest.fixture
def manifest(normalization: Normalization) -> Manifest:
    return Manifest(
        name="toy",
        files={},
        horizon=HORIZON,
        kp=40.0,
        kd=1.0,
        stand_pose=(0.5,) * NUM_JOINTS,
        normalization={
            "mean": tuple(normalization.mean.tolist()),
            "std": tuple(normalization.std.tolist()),
        },
        schedule={"kind": "cosine", "steps": 10},
        training={"windows": 3, "layers": (1, 2)},
        git_revision="1234567",
        results={"survival": 1.0},
    )


@pytest.fixture
def write_bundle(tmp_path: Path, manifest: Manifest) -> Callable[..., Path]:
    """Writes a sound bundle around a graph, with some fields of the manifest replaced."""

    def write(graph: bytes | None = None, **changes: object) -> Path:
        denoiser = tmp_path / "denoiser.onnx"
        denoiser.write_bytes(toy_graph() if graph is None else graph)
        fields = {**vars(manifest), "files": {denoiser.name: sha256_of(denoiser)}, **changes}
        Manifest(**fields).write(tmp_path / "manifest.yaml")
        return tmp_path

    return write
