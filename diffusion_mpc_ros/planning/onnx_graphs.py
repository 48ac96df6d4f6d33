"""Networks as ONNX graphs, checked for their signature and run by onnxruntime."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

from diffusion_mpc_ros.planning.manifest import BundleError, fault
from diffusion_mpc_ros.planning.trajectory import WIDTH

ALLOW_SPINNING = "0"
"""Idle worker threads sleep rather than spin: a spinning thread answers some microseconds sooner, but takes a core
from the control loop that shares it."""
LOAD_ERRORS = (
    ort_state.Fail,
    ort_state.InvalidArgument,
    ort_state.InvalidGraph,
    ort_state.InvalidProtobuf,
    ort_state.NoSuchFile,
    ort_state.NotImplemented,
    ort_state.RuntimeException,
)
"""What onnxruntime raises for graphs it cannot use; they have no base class but Exception."""


Signature = Mapping[str, tuple[str, tuple[str | int, ...]]]
"""Type and shape of each input or output of a graph, ``M`` being free."""
LEVEL: Signature = {"k": ("tensor(int64)", (1,))}


class OnnxDenoiser:
    """A denoiser (see ``denoiser.py``) from an ONNX graph.

    The graph maps ``tau`` float32 (M, H, 57), M free, and ``k`` int64 (1,) to ``tau_0`` float32 (M, H, 57).

    Args:
        file: the ONNX graph.
        horizon: H.
        threads: threads within one run.

    Raises:
        BundleError: not a graph, or one of another signature.
    """

    def __init__(self, file: Path, horizon: int, threads: int = 1) -> None:
        trajectories = ("tensor(float)", ("M", horizon, WIDTH))
        self._session = open_session(file, threads, {"tau": trajectories, **LEVEL}, {"tau_0": trajectories})

    def __call__(self, tau: np.ndarray, k: int) -> np.ndarray:
        """See ``Denoiser``."""
        return self._session.run(["tau_0"], {"tau": tau, "k": np.array([k], np.int64)})[0]


class OnnxQuantity:
    """A learned quantity (see ``quantity.py``) from an ONNX graph.

    The graph maps ``tau`` float32 (M, H, 57), M free, and ``k`` int64 (1,) to ``value`` float32 (M,) and ``gradient``
    float32 (M, H, 57), all in physical units.

    Args:
        file: the ONNX graph.
        horizon: H.
        threads: threads within one run.

    Raises:
        BundleError: not a graph, or one of another signature.
    """

    def __init__(self, file: Path, horizon: int, threads: int = 1) -> None:
        trajectories = ("tensor(float)", ("M", horizon, WIDTH))
        outputs: Signature = {"value": ("tensor(float)", ("M",)), "gradient": trajectories}
        self._session = open_session(file, threads, {"tau": trajectories, **LEVEL}, outputs)

    def __call__(self, tau: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """See ``Quantity``."""
        value, gradient = self._session.run(["value", "gradient"], {"tau": tau, "k": np.array([k], np.int64)})
        return value, gradient


def open_session(file: Path, threads: int, inputs: Signature, outputs: Signature) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", ALLOW_SPINNING)
    try:
        session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except LOAD_ERRORS as error:
        raise BundleError(fault(f"{file.name}:", "an ONNX graph", f"'{str(error).splitlines()[0]}'")) from error
    lines = _signature_faults(f"{file.name}: input", inputs, session.get_inputs())
    lines += _signature_faults(f"{file.name}: output", outputs, session.get_outputs())
    if lines:
        raise BundleError("\n".join(lines))
    return session


def _signature_faults(where: str, expected: Signature, nodes: list[ort.NodeArg]) -> list[str]:
    names = [node.name for node in nodes]
    if sorted(names) != sorted(expected):
        return [fault(f"{where} names", ", ".join(expected), ", ".join(names))]
    lines = []
    for node in nodes:
        kind, shape = expected[node.name]
        # A free dimension is a name or None in the graph; any name will do.
        got = tuple(n if isinstance(n, int) else "M" for n in node.shape)
        if (node.type, got) != (kind, shape):
            lines.append(fault(f"{where} {node.name}", f"{kind} {_text(shape)}", f"{node.type} {_text(got)}"))
    return lines


def _text(shape: tuple[str | int, ...]) -> str:
    return f"({', '.join(str(n) for n in shape)})"
