"""Model bundles: loads and verifies a directory of ONNX graphs with its manifest, and runs it by onnxruntime."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.manifest import MANIFEST_NAME, BundleError, Manifest, fault, sha256_of
from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.planning.trajectory import WIDTH, RobotSetup

DENOISER_NAME = "denoiser.onnx"
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
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.intra_op.allow_spinning", ALLOW_SPINNING)
        try:
            self._session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except LOAD_ERRORS as error:
            raise BundleError(fault(f"{file.name}:", "an ONNX graph", f"'{str(error).splitlines()[0]}'")) from error
        trajectories = ("tensor(float)", ("M", horizon, WIDTH))
        expected = {"tau": trajectories, "k": ("tensor(int64)", (1,))}
        lines = _signature_faults(f"{file.name}: input", expected, self._session.get_inputs())
        lines += _signature_faults(f"{file.name}: output", {"tau_0": trajectories}, self._session.get_outputs())
        if lines:
            raise BundleError("\n".join(lines))

    def __call__(self, tau: np.ndarray, k: int) -> np.ndarray:
        """See ``Denoiser``."""
        return self._session.run(["tau_0"], {"tau": tau, "k": np.array([k], np.int64)})[0]


@dataclass(frozen=True)
class ModelBundle(Prior):
    """A prior that came from files, with its manifest."""

    manifest: Manifest

    @classmethod
    def load(cls, directory: Path, robot: RobotSetup, threads: int = 1) -> "ModelBundle":
        """Load a bundle and verify all of it, running the network once.

        Args:
            directory: holds ``manifest.yaml`` and the files it lists.
            robot: that the model is to drive.
            threads: threads of onnxruntime within one run.

        Raises:
            BundleError: a line for each fault.
        """
        directory = Path(directory)
        manifest = Manifest.read(directory / MANIFEST_NAME)
        lines = _file_faults(directory, manifest) + manifest.faults(robot)
        if lines:
            raise BundleError("\n".join(lines))
        denoiser = OnnxDenoiser(directory / DENOISER_NAME, manifest.horizon, threads)
        steps = manifest.schedule["steps"]
        for k in (1, steps):
            estimate = denoiser(np.zeros((1, manifest.horizon, WIDTH), np.float32), k)
            if not np.all(np.isfinite(estimate)):
                raise BundleError(fault(f"{DENOISER_NAME}: tau_0 at k = {k}", "finite numbers", "NaN or infinity"))
        return cls(
            denoiser=denoiser,
            schedule=Schedule.cosine(steps),
            normalization=Normalization(*(np.array(manifest.normalization[name]) for name in ("mean", "std"))),
            horizon=manifest.horizon,
            manifest=manifest,
        )


def _file_faults(directory: Path, manifest: Manifest) -> list[str]:
    files = manifest.files
    if not isinstance(files, dict) or DENOISER_NAME not in files:
        return [fault(f"{MANIFEST_NAME}: files", f"sha256 of {DENOISER_NAME}", repr(files))]
    lines = []
    for name, expected in files.items():
        file = directory / str(name)
        try:
            got = sha256_of(file)
        except FileNotFoundError:
            lines.append(fault(f"{name}:", "a file", "none"))
        except OSError as error:
            lines.append(fault(f"{name}:", "a readable file", f"'{error.strerror}'"))
        else:
            if got != expected:
                lines.append(fault(f"{name}: sha256", f"{str(expected)[:8]}…", f"{got[:8]}…"))
    return lines


def _signature_faults(
    where: str, expected: dict[str, tuple[str, tuple[str | int, ...]]], nodes: list[ort.NodeArg]
) -> list[str]:
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
