"""A toy prior and a toy model bundle, both real: arithmetic in numpy, and the same arithmetic as an ONNX graph."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from diffusion_mpc_ros.planning.denoiser import Estimator, Prior
from diffusion_mpc_ros.planning.manifest import Manifest, sha256_of
from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.objective_schema import ObjectiveSchema
from diffusion_mpc_ros.planning.quantity import UNITS
from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.planning.trajectory import NUM_JOINTS, STATE_DIM, WIDTH, RobotLimits
from diffusion_mpc_ros.planning.unknown import BLOCKS, unknown

HORIZON = 11


class ToyDenoiser:
    """tau_0 = tanh(0.7 tau) + 0.01 k; keeps what it was given and its calls."""

    def __init__(self) -> None:
        self.given_states: list[np.ndarray] = []
        self.calls: list[tuple[np.ndarray, int]] = []

    def given(self, s0: np.ndarray, candidates: int) -> Estimator:
        self.given_states.append(np.repeat(s0, candidates, axis=0))

        def estimate(tau: np.ndarray, k: int) -> np.ndarray:
            self.calls.append((tau.copy(), k))
            return np.tanh(np.float32(0.7) * tau) + np.float32(0.01 * k)

        return estimate


@pytest.fixture
def normalization() -> Normalization:
    rng = np.random.default_rng(5)
    return Normalization(rng.normal(0.0, 0.5, WIDTH), rng.uniform(0.1, 2.0, WIDTH))


@pytest.fixture
def prior(normalization: Normalization) -> Prior:
    return Prior(ToyDenoiser(), Schedule.cosine(10), normalization, HORIZON)


@pytest.fixture
def limits() -> RobotLimits:
    return RobotLimits((-1.0,) * NUM_JOINTS, (1.1,) * NUM_JOINTS, (20.0,) * NUM_JOINTS, (0.0,) * NUM_JOINTS)


@pytest.fixture
def schema(limits: RobotLimits) -> ObjectiveSchema:
    return ObjectiveSchema.of(limits)


SIZE = int(unknown(HORIZON).sum())


def toy_graph(
    horizon: int = HORIZON, columns: int = 6, output: str = "clean", told_type: int = TensorProto.FLOAT
) -> bytes:
    """The toy denoiser as ONNX, told of the level as an offset.

    ``columns``: of the block of the trunk; ``told_type``: of the offset.
    """
    blocks = {"trunk": columns, "joints": 24, "action": 12}
    asked = np.flatnonzero(np.concatenate([unknown(horizon)[block].ravel() for block in BLOCKS.values()]))
    nodes = [
        helper.make_node("Concat", list(blocks), ["window"], axis=0),
        helper.make_node("Gather", ["window", "asked"], ["unknown"], axis=0),
        helper.make_node("Mul", ["unknown", "gain"], ["scaled"]),
        helper.make_node("Tanh", ["scaled"], ["bent"]),
        helper.make_node("Transpose", ["bent"], ["turned"], perm=[1, 0]),
        helper.make_node("Cast", ["offset"], ["level"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["turned", "level"], [output]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [
            *(
                helper.make_tensor_value_info(name, TensorProto.FLOAT, [width * horizon, "M"])
                for name, width in blocks.items()
            ),
            helper.make_tensor_value_info("hidden_0", TensorProto.FLOAT, ["T", 1]),
            helper.make_tensor_value_info("offset", told_type, ["T", len(asked)]),
        ],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["M", len(asked)])],
        [
            helper.make_tensor("gain", TensorProto.FLOAT, [], [0.7]),
            helper.make_tensor("asked", TensorProto.INT64, [len(asked)], asked),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def toy_encoder(steps: int = 10) -> bytes:
    """An offset of 0.01 k for every level k, whatever the first states, as ONNX; nothing for a hidden layer."""
    nodes = [
        helper.make_node("ReduceSum", ["s0", "axes"], ["total"]),
        helper.make_node("Mul", ["total", "nothing"], ["none"]),
        helper.make_node("Add", ["levels", "none"], ["offset"]),
        helper.make_node("Mul", ["layers", "none"], ["hidden"]),
    ]
    levels = np.tile(0.01 * np.arange(1, steps + 1, dtype=np.float32)[:, None, None], (1, 1, SIZE))
    graph = helper.make_graph(
        nodes,
        "toy_encoder",
        [helper.make_tensor_value_info("s0", TensorProto.FLOAT, ["B", STATE_DIM])],
        [
            helper.make_tensor_value_info("hidden", TensorProto.FLOAT, [steps, 1, "B", 1]),
            helper.make_tensor_value_info("offset", TensorProto.FLOAT, [steps, "B", SIZE]),
        ],
        [
            helper.make_tensor("axes", TensorProto.INT64, [1], [1]),
            helper.make_tensor("nothing", TensorProto.FLOAT, [], [0.0]),
            numpy_helper.from_array(levels, "levels"),
            numpy_helper.from_array(np.ones((steps, 1, 1, 1), np.float32), "layers"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


@pytest.fixture
def graph() -> Callable[..., bytes]:
    return toy_graph


def toy_quantity_graph(horizon: int = HORIZON, value: str = "value", gain: float = 2.0, keepdims: int = 0) -> bytes:
    """gain sum(tau) + k, and its gradient, as ONNX."""
    shape: list[str | int | None] = [WIDTH, horizon, "M"]
    nodes = [
        helper.make_node("ReduceSum", ["tau", "axes"], ["total"], keepdims=keepdims),
        helper.make_node("Mul", ["total", "gain"], ["scaled"]),
        helper.make_node("Cast", ["k"], ["level"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["scaled", "level"], [value]),
        helper.make_node("Shape", ["tau"], ["shape"]),
        helper.make_node("Expand", ["gain", "shape"], ["gradient"]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy_quantity",
        [
            helper.make_tensor_value_info("tau", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("k", TensorProto.INT64, [1]),
        ],
        [
            helper.make_tensor_value_info(value, TensorProto.FLOAT, [1, 1, "M"] if keepdims else ["M"]),
            helper.make_tensor_value_info("gradient", TensorProto.FLOAT, shape),
        ],
        [
            helper.make_tensor("axes", TensorProto.INT64, [2], [0, 1]),
            helper.make_tensor("gain", TensorProto.FLOAT, [], [gain]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


@pytest.fixture
def quantity_graph() -> Callable[..., bytes]:
    return toy_quantity_graph


def toy_odometer_graph(width: int = 2, gain: float = 2.0) -> bytes:
    """gain times the first ``width`` values, as ONNX."""
    nodes = [
        helper.make_node("Gather", ["observation", "columns"], ["chosen"], axis=1),
        helper.make_node("Mul", ["chosen", "gain"], ["velocity"]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy_odometer",
        [helper.make_tensor_value_info("observation", TensorProto.FLOAT, ["M", STATE_DIM])],
        [helper.make_tensor_value_info("velocity", TensorProto.FLOAT, ["M", width])],
        [
            helper.make_tensor("columns", TensorProto.INT64, [width], range(width)),
            helper.make_tensor("gain", TensorProto.FLOAT, [], [gain]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


@pytest.fixture
def odometer_graph() -> Callable[..., bytes]:
    return toy_odometer_graph


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
    """Writes a sound bundle around graphs, with some fields of the manifest replaced."""

    def write(
        graph: bytes | None = None,
        quantities: Mapping[str, bytes] | None = None,
        odometer_graph: bytes | None = None,
        **changes: object,
    ) -> Path:
        graphs = {"encoder": toy_encoder(), "denoiser": toy_graph() if graph is None else graph, **(quantities or {})}
        if odometer_graph is not None:
            graphs["odometer"] = odometer_graph
            changes = {"odometer": {"v_x": 0.05}, **changes}
        files = {f"{name}.onnx": content for name, content in graphs.items()}
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        learned = {name: {"unit": UNITS[name], "rmse": {0: 0.1, 9: 0.2}} for name in quantities or {}}
        hashes = {name: sha256_of(tmp_path / name) for name in files}
        fields: dict[str, Any] = {**vars(manifest), "files": hashes, "quantities": learned, **changes}
        Manifest(**fields).write(tmp_path / "manifest.yaml")
        return tmp_path

    return write
