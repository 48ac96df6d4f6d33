"""Model bundles: loads and verifies a directory of ONNX graphs with its manifest."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from diffusion_mpc_ros.planning.denoiser import Prior
from diffusion_mpc_ros.planning.manifest import MANIFEST_NAME, BundleError, Manifest, fault, sha256_of
from diffusion_mpc_ros.planning.normalization import Normalization
from diffusion_mpc_ros.planning.onnx_graphs import OnnxDenoiser, OnnxOdometer, OnnxQuantity
from diffusion_mpc_ros.planning.quantity import UNITS, Quantity
from diffusion_mpc_ros.planning.rewards.learned import READS
from diffusion_mpc_ros.planning.schedule import Schedule
from diffusion_mpc_ros.planning.trajectory import STATE, RobotSetup
from diffusion_mpc_ros.planning.velocity_feedback import Odometer, VelocityFeedback

ENCODER_NAME, DENOISER_NAME, ODOMETER_NAME = "encoder.onnx", "denoiser.onnx", "odometer.onnx"


@dataclass(frozen=True)
class ModelBundle(Prior):
    """A prior that came from files, with its manifest and what came along: learned quantities, perhaps an odometer."""

    manifest: Manifest
    quantities: Mapping[str, Quantity]
    odometer: Odometer | None

    @property
    def resources(self) -> dict[str, Quantity | Odometer]:
        """What the bundle holds of that which an objective needs beside parameters, by full name (``group.field``)."""
        found: dict[str, Quantity | Odometer] = {
            resource: self.quantities[name] for resource, name in READS.items() if name in self.quantities
        }
        if self.odometer is not None:
            found[f"{VelocityFeedback.group}.odometer"] = self.odometer
        return found

    @classmethod
    def load(cls, directory: Path, robot: RobotSetup) -> "ModelBundle":
        """Load a bundle and verify all of it, running each network at its first and last level.

        Args:
            directory: holds ``manifest.yaml`` and the files it lists.
            robot: that the model is to drive.

        Raises:
            BundleError: a line for each fault.
        """
        directory = Path(directory)
        manifest = Manifest.read(directory / MANIFEST_NAME)
        lines = _file_faults(directory, manifest) + manifest.faults(robot)
        if lines:
            raise BundleError("\n".join(lines))
        horizon, steps = manifest.horizon, manifest.schedule["steps"]
        normalization = Normalization(**{name: np.array(manifest.normalization[name]) for name in ("mean", "std")})
        denoiser = OnnxDenoiser(directory / ENCODER_NAME, directory / DENOISER_NAME, normalization, horizon, steps)
        quantities = {name: OnnxQuantity(directory / quantity_file(name), horizon) for name in manifest.quantities}
        resting = np.tile(normalization.mean, (1, horizon, 1))
        estimate = denoiser.given(resting[:, 0, STATE], 1)
        for k in (1, steps):
            _check_finite(f"{DENOISER_NAME}: tau_0 at k = {k}", estimate(resting, k))
        for name, quantity in quantities.items():
            for k in (0, steps - 1):
                value, gradient = quantity(resting, k)
                _check_finite(f"{quantity_file(name)}: value at k = {k}", value)
                _check_finite(f"{quantity_file(name)}: gradient at k = {k}", gradient)
        odometer = OnnxOdometer(directory / ODOMETER_NAME) if manifest.odometer else None
        if odometer is not None:
            _check_finite(f"{ODOMETER_NAME}: velocity", odometer(resting[:, 0, STATE]))
        return cls(
            denoiser=denoiser,
            schedule=Schedule.cosine(steps),
            normalization=normalization,
            horizon=horizon,
            manifest=manifest,
            quantities=quantities,
            odometer=odometer,
        )


def quantity_file(name: str) -> str:
    """Name of the graph of a learned quantity."""
    return f"{name}.onnx"


def _check_finite(where: str, values: np.ndarray) -> None:
    if not np.all(np.isfinite(values)):
        raise BundleError(fault(where, "finite numbers", "NaN or infinity"))


def _file_faults(directory: Path, manifest: Manifest) -> list[str]:
    files = manifest.files
    quantities = manifest.quantities if isinstance(manifest.quantities, dict) else {}
    needed = [ENCODER_NAME, DENOISER_NAME, *(quantity_file(name) for name in UNITS if name in quantities)]
    needed += [ODOMETER_NAME] if manifest.odometer else []
    missing = [name for name in needed if not isinstance(files, dict) or name not in files]
    if missing:
        return [fault(f"{MANIFEST_NAME}: files", f"sha256 of {name}", repr(files)) for name in missing]
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
