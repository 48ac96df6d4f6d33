"""Networks as ONNX graphs, checked for their signature and run by onnxruntime."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

from diffusion_mpc_ros.planning.denoiser import Estimator
from diffusion_mpc_ros.planning.layout import empty_batch, laid_out
from diffusion_mpc_ros.planning.manifest import BundleError, fault
from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.trajectory import STATE_DIM, WIDTH
from diffusion_mpc_ros.planning.unknown import BLOCKS, Completion, unknown

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
    """A denoiser (see ``denoiser.py``) from two ONNX graphs, which read trajectories where they lie in memory.

    The encoder runs once for a plan: ``s0`` float32 (B, 45) to what the denoiser is told of robots and levels 1..K,
    ``hidden`` float32 (K, L, B, W) for its L hidden layers and ``offset`` float32 (K, B, U) for what it answers. The
    denoiser runs for every reverse step, on the blocks of ``unknown.py``, float32 (columns H, M), with ``hidden_0`` to
    ``hidden_{L-1}`` float32 (M, W) and ``offset`` float32 (M, U) or, for one robot, (1, W) and (1, U): to ``clean``
    float32 (M, U), estimates of what is unknown. M and B are free.

    Args:
        encoder, denoiser: the ONNX graphs.
        normalization: estimates are kept within DATA_CLIP deviations.
        horizon: H.
        num_steps: K.

    Raises:
        BundleError: not a graph, or one of another signature.
    """

    def __init__(
        self, encoder: Path, denoiser: Path, normalization: Normalization, horizon: int, num_steps: int
    ) -> None:
        self._horizon, self._complete = horizon, Completion(normalization, horizon)
        size = int(unknown(horizon).sum())
        told: Signature = {
            "hidden": ("tensor(float)", (num_steps, "any", "M", "any")),
            "offset": ("tensor(float)", (num_steps, "M", size)),
        }
        self._encoder = open_session(encoder, {"s0": ("tensor(float)", ("M", STATE_DIM))}, told)
        layers, width = (
            next(node.shape for node in self._encoder.get_outputs() if node.name == "hidden")[axis] for axis in (1, 3)
        )
        inputs: Signature = {
            **{
                name: ("tensor(float)", ((columns.stop - columns.start) * horizon, "M"))
                for name, columns in BLOCKS.items()
            },
            **{f"hidden_{layer}": ("tensor(float)", ("M", width)) for layer in range(layers)},
            "offset": ("tensor(float)", ("M", size)),
        }
        self._denoiser = open_session(denoiser, inputs, {"clean": ("tensor(float)", ("M", size))})

    def given(self, s0: np.ndarray, candidates: int) -> Estimator:
        """See ``Denoiser``."""
        hidden, offset = self._encoder.run(["hidden", "offset"], {"s0": np.ascontiguousarray(s0)})
        if len(s0) > 1:
            hidden, offset = np.repeat(hidden, candidates, axis=2), np.repeat(offset, candidates, axis=1)
        tau_0 = empty_batch(len(s0) * candidates, self._horizon)
        return _Estimate(self._denoiser, hidden, offset, self._complete, tau_0)


class _Estimate:
    """An ``Estimator`` that tells onnxruntime once where its arrays are: saying so again takes as long as a layer."""

    def __init__(
        self,
        session: ort.InferenceSession,
        hidden: np.ndarray,
        offset: np.ndarray,
        complete: Completion,
        tau_0: np.ndarray,
    ) -> None:
        self._session, self._complete, self._tau_0 = session, complete, tau_0
        self._told = hidden, offset
        self._hidden, self._offset = np.empty_like(hidden[0]), np.empty_like(offset[0])
        self._clean = np.empty((len(tau_0), offset.shape[2]), np.float32)
        self._tau: np.ndarray | None = None
        self._window = tau_0.T
        self._binding = session.io_binding()
        for layer, values in enumerate(self._hidden):
            self._binding.bind_cpu_input(f"hidden_{layer}", values)
        self._binding.bind_cpu_input("offset", self._offset)
        self._binding.bind_output("clean", "cpu", 0, np.float32, self._clean.shape, self._clean.ctypes.data)

    def __call__(self, tau: np.ndarray, k: int) -> np.ndarray:
        """See ``Estimator``. Bound arrays are read where they are: ``tau`` may change between calls."""
        if tau is not self._tau:
            lies_well = tau.T.flags.c_contiguous and tau.dtype == np.float32
            self._tau, self._window = tau if lies_well else None, laid_out(tau)
            for name, columns in BLOCKS.items():
                self._binding.bind_cpu_input(name, self._window[columns].reshape(-1, len(tau)))
        hidden, offset = self._told
        np.copyto(self._hidden, hidden[k - 1])
        np.copyto(self._offset, offset[k - 1])
        self._session.run_with_iobinding(self._binding)
        self._complete(self._clean, self._window, self._tau_0.T)
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
