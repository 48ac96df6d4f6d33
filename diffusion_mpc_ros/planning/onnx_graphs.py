"""Networks as ONNX graphs, checked for their signature and run by onnxruntime."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

from diffusion_mpc_ros.planning.denoiser import Estimator
from diffusion_mpc_ros.planning.layout import empty_batch, laid_out
from diffusion_mpc_ros.planning.manifest import BundleError, fault
from diffusion_mpc_ros.planning.trajectory import STATE_DIM, WIDTH

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
"""Type and shape of each input or output of a graph, ``M`` being free and ``any`` whatever the graph has."""
LEVEL: Signature = {"k": ("tensor(int64)", (1,))}


class OnnxDenoiser:
    """A denoiser (see ``denoiser.py``) from two ONNX graphs, which work on trajectories as they lie in memory.

    The encoder runs once for a plan: ``s0`` float32 (B, 45) to ``context`` float32 (K, C, B), what the denoiser is told
    of robots and levels 1..K. The denoiser runs for every reverse step: ``tau`` float32 (57, H, M) and ``told`` float32
    (C, M) or, for one robot, (C, 1) to ``tau_0`` float32 (57, H, M). M and B are free.

    Args:
        encoder, denoiser: the ONNX graphs.
        horizon: H.
        num_steps: K.

    Raises:
        BundleError: not a graph, or one of another signature.
    """

    def __init__(self, encoder: Path, denoiser: Path, horizon: int, num_steps: int) -> None:
        trajectories = ("tensor(float)", (WIDTH, horizon, "M"))
        signature: Signature = {"tau": trajectories, "told": ("tensor(float)", ("any", "M"))}
        self._horizon = horizon
        self._denoiser = open_session(denoiser, signature, {"tau_0": trajectories})
        told = next(node.shape[0] for node in self._denoiser.get_inputs() if node.name == "told")
        first_states: Signature = {"s0": ("tensor(float)", ("M", STATE_DIM))}
        self._encoder = open_session(encoder, first_states, {"context": ("tensor(float)", (num_steps, told, "M"))})

    def given(self, s0: np.ndarray, candidates: int) -> Estimator:
        """See ``Denoiser``."""
        (context,) = self._encoder.run(["context"], {"s0": np.ascontiguousarray(s0)})
        if len(s0) > 1:
            context = np.repeat(context, candidates, axis=2)
        return _Estimate(self._denoiser, context, empty_batch(len(s0) * candidates, self._horizon))


class _Estimate:
    """An ``Estimator`` that tells onnxruntime once where its arrays are: saying so again takes as long as a layer."""

    def __init__(self, session: ort.InferenceSession, context: np.ndarray, tau_0: np.ndarray) -> None:
        self._session, self._context, self._tau_0 = session, context, tau_0
        self._told = np.empty_like(context[0])
        self._tau: np.ndarray | None = None
        self._binding = session.io_binding()
        self._binding.bind_cpu_input("told", self._told)
        _bind_output(self._binding, "tau_0", tau_0.T)

    def __call__(self, tau: np.ndarray, k: int) -> np.ndarray:
        """See ``Estimator``. Bound arrays are read where they are: ``tau`` may change between calls."""
        lies_well = tau.T.flags.c_contiguous and tau.dtype == np.float32
        if not lies_well or tau is not self._tau:
            self._binding.bind_cpu_input("tau", laid_out(tau))
            self._tau = tau if lies_well else None
        np.copyto(self._told, self._context[k - 1])
        self._session.run_with_iobinding(self._binding)
        return self._tau_0


class OnnxQuantity:
    """A learned quantity (see ``quantity.py``) from an ONNX graph, which works on trajectories as they lie in memory.

    The graph maps ``tau`` float32 (57, H, M), M free, and ``k`` int64 (1,) to ``value`` float32 (M,) and ``gradient``
    float32 (57, H, M), all in physical units.

    Args:
        file: the ONNX graph.
        horizon: H.

    Raises:
        BundleError: not a graph, or one of another signature.
    """

    def __init__(self, file: Path, horizon: int) -> None:
        trajectories = ("tensor(float)", (WIDTH, horizon, "M"))
        outputs: Signature = {"value": ("tensor(float)", ("M",)), "gradient": trajectories}
        self._session = open_session(file, {"tau": trajectories, **LEVEL}, outputs)

    def __call__(self, tau: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """See ``Quantity``."""
        value, gradient = self._session.run(["value", "gradient"], {"tau": laid_out(tau), "k": np.array([k], np.int64)})
        return value, gradient.T


class OnnxOdometer:
    """An odometer (see ``velocity_feedback.py``) from an ONNX graph.

    The graph maps ``observation`` float32 (M, 45), M free, to ``velocity`` float32 (M, 2), m/s.

    Args:
        file: the ONNX graph.

    Raises:
        BundleError: not a graph, or one of another signature.
    """

    def __init__(self, file: Path) -> None:
        inputs: Signature = {"observation": ("tensor(float)", ("M", STATE_DIM))}
        self._session = open_session(file, inputs, {"velocity": ("tensor(float)", ("M", 2))})

    def __call__(self, observation: np.ndarray) -> np.ndarray:
        """See ``Odometer``."""
        velocity: np.ndarray
        (velocity,) = self._session.run(["velocity"], {"observation": np.ascontiguousarray(observation)})
        return velocity


def _bind_output(binding: ort.IOBinding, name: str, array: np.ndarray) -> None:
    binding.bind_output(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)


def open_session(file: Path, inputs: Signature, outputs: Signature) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # the sampler's threads share the work more evenly
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
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
        fits = len(got) == len(shape) and all(want in ("any", have) for have, want in zip(got, shape, strict=True))
        if node.type != kind or not fits:
            lines.append(fault(f"{where} {node.name}", f"{kind} {_text(shape)}", f"{node.type} {_text(got)}"))
    return lines


def _text(shape: tuple[str | int, ...]) -> str:
    return f"({', '.join(str(n) for n in shape)})"
