"""The manifest of a model bundle: what a trained model is, and all that has to agree before it may drive a robot."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from diffusion_mpc_ros.planning.quantity import UNITS
from diffusion_mpc_ros.planning.trajectory import COLUMN_NAMES, DT, JOINT_NAMES, NUM_JOINTS, WIDTH, RobotSetup

MANIFEST_NAME = "manifest.yaml"
FORMAT = 1
SCHEDULE_KIND = "cosine"
REMEDY = "export the bundle again or restore the file"


class BundleError(Exception):
    """A bundle that must not be used; one line for each fault: where, what, expected, got, what to do."""


def sha256_of(file: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def fault(where: str, expected: object, got: object) -> str:
    """One line of a BundleError."""
    return f"{where} expected {expected}, got {got}; {REMEDY}"


@dataclass(frozen=True)
class Manifest:
    """Contents of ``manifest.yaml``, plain YAML types throughout.

    Attributes:
        name: the bundle's name.
        files: SHA-256 by file name.
        horizon: H, rows of a trajectory.
        kp, kd: gains the actions were recorded with, N m/rad and N m s/rad.
        stand_pose: (12,) nominal standing pose of the data, rad.
        normalization: ``mean`` and ``std``, 57 numbers each, physical units.
        schedule: ``kind`` and ``steps`` (K).
        training: settings of data and training, for the record.
        git_revision: of the code that exported it.
        results: measured closed-loop results, for the record.
        quantities: learned quantities (see ``quantity.py``) by name: ``unit``, and ``rmse`` by diffusion level, the
            error on trajectories that were not trained on.
        odometer: errors of the learned odometer on trajectories that were not trained on, m/s; empty without one.
        columns, joint_names: order of the values.
        dt: control period, s.
        format: version of this file's layout.
    """

    name: str
    files: Mapping[str, str]
    horizon: int
    kp: float
    kd: float
    stand_pose: tuple[float, ...]
    normalization: Mapping[str, tuple[float, ...]]
    schedule: Mapping[str, Any]
    training: Mapping[str, Any]
    git_revision: str
    results: Mapping[str, Any]
    quantities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    odometer: Mapping[str, float] = field(default_factory=dict)
    columns: tuple[str, ...] = COLUMN_NAMES
    joint_names: tuple[str, ...] = JOINT_NAMES
    dt: float = DT
    format: int = FORMAT

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read a manifest; values are checked by :meth:`faults`.

        Raises:
            BundleError: no file that can be read, no YAML, or fields that are missing or unknown.
        """
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise BundleError(fault(str(path), "a file", "none")) from error
        except OSError as error:
            raise BundleError(fault(str(path), "a readable file", f"'{error.strerror}'")) from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            reason = " ".join(str(error).split())
            raise BundleError(fault(path.name, "YAML", f"'{reason}'")) from error
        if not isinstance(document, dict):
            raise BundleError(fault(path.name, "a mapping of fields", type(document).__name__))
        expected = {item.name for item in fields(cls)}
        lines = [fault(f"{path.name}: {name}", "a value", "none") for name in sorted(expected - document.keys())]
        unknown = sorted(str(name) for name in document.keys() - expected)
        lines += [fault(f"{path.name}: {name}", "no such field", "one") for name in unknown]
        if lines:
            raise BundleError("\n".join(lines))
        return cls(**_map_sequences(document, list, tuple))

    def write(self, path: Path) -> None:
        """Write the manifest as YAML."""
        document = {item.name: getattr(self, item.name) for item in fields(self)}
        text = yaml.safe_dump(_map_sequences(document, tuple, list), sort_keys=False, width=120)
        path.write_text(text, encoding="utf-8")

    def faults(self, robot: RobotSetup) -> list[str]:
        """All that is wrong with the values, or does not fit this software or this robot."""
        lines: list[str] = []

        def check(name: str, got: object, right: bool, expected: object) -> None:
            if not right:
                lines.append(fault(f"{MANIFEST_NAME}: {name}", expected, repr(got)))

        check("format", self.format, self.format == FORMAT, FORMAT)
        for name, got, names in (
            ("joint_names", self.joint_names, JOINT_NAMES),
            ("columns", self.columns, COLUMN_NAMES),
        ):
            lines += _order_faults(name, got, names)
        check("horizon", self.horizon, _is_count(self.horizon, least=2), "a whole number of at least 2")
        check("dt", self.dt, self.dt == DT, f"{DT} s")
        check("kp", self.kp, self.kp == robot.kp, f"{robot.kp} (the robot's)")
        check("kd", self.kd, self.kd == robot.kd, f"{robot.kd} (the robot's)")
        lines += _pose_faults(self.stand_pose, robot.stand_pose)
        for name in ("mean", "std"):
            lines += _number_faults(f"normalization.{name}", _entry(self.normalization, name), WIDTH, name == "std")
        kind, steps = _entry(self.schedule, "kind"), _entry(self.schedule, "steps")
        check("schedule.kind", kind, kind == SCHEDULE_KIND, SCHEDULE_KIND)
        check("schedule.steps", steps, _is_count(steps, least=1), "a whole number of at least 1")
        lines += _quantity_faults(self.quantities)
        check("odometer", self.odometer, isinstance(self.odometer, dict), "a mapping of errors, or {}")
        return lines


def _entry(mapping: object, key: str) -> object:
    return mapping.get(key) if isinstance(mapping, dict) else None


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _order_faults(name: str, got: object, names: tuple[str, ...]) -> list[str]:
    if not isinstance(got, tuple) or len(got) != len(names):
        count = f"{len(got)} names" if isinstance(got, tuple) else repr(got)
        return [fault(f"{MANIFEST_NAME}: {name}", f"{len(names)} names", count)]
    wrong = [i for i, (a, b) in enumerate(zip(got, names, strict=True)) if a != b]
    return [fault(f"{MANIFEST_NAME}: {name}[{i}]", names[i], got[i]) for i in wrong[:1]]


def _pose_faults(pose: tuple[float, ...], robots: tuple[float, ...]) -> list[str]:
    lines = _number_faults("stand_pose", pose, NUM_JOINTS)
    if lines:
        return lines
    wrong = [i for i, (a, b) in enumerate(zip(pose, robots, strict=True)) if a != b]
    return [fault(f"{MANIFEST_NAME}: stand_pose[{i}]", f"{robots[i]} (the robot's)", pose[i]) for i in wrong[:1]]


def _number_faults(name: str, values: object, length: int, positive: bool = False) -> list[str]:
    where = f"{MANIFEST_NAME}: {name}"
    if not isinstance(values, tuple) or len(values) != length:
        got = f"{len(values)} values" if isinstance(values, tuple) else repr(values)
        return [fault(where, f"{length} numbers", got)]
    for i, value in enumerate(values):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(np.float32(value)):
            return [fault(f"{where}[{i}]", "a finite number", repr(value))]
        if positive and np.float32(value) <= 0.0:
            return [fault(f"{where}[{i}]", "a positive number", repr(value))]
    return []


def _quantity_faults(quantities: object) -> list[str]:
    where = f"{MANIFEST_NAME}: quantities"
    if not isinstance(quantities, dict):
        return [fault(where, f"a mapping of {', '.join(UNITS)}", repr(quantities))]
    lines = []
    for name, quantity in quantities.items():
        unit = _entry(quantity, "unit")
        if name not in UNITS:
            lines.append(fault(where, f"names among {', '.join(UNITS)}", name))
        elif unit != UNITS[name]:
            lines.append(fault(f"{where}.{name}.unit", UNITS[name], repr(unit)))
    return lines


def _map_sequences(value: Any, old: Any, new: Any) -> Any:
    """The same nested mappings with every sequence of type ``old`` turned into ``new``."""
    if isinstance(value, Mapping):
        return {key: _map_sequences(item, old, new) for key, item in value.items()}
    if isinstance(value, (old, new)):
        return new(_map_sequences(item, old, new) for item in value)
    return value
