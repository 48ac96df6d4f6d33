from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from diffusion_mpc_ros.planning.manifest import BundleError, Manifest, sha256_of
from diffusion_mpc_ros.planning.trajectory import COLUMN_NAMES, JOINT_NAMES, RobotSetup

ROBOT = RobotSetup(40.0, 1.0, (0.5,) * 12)
SWAPPED = (JOINT_NAMES[1], JOINT_NAMES[0], *JOINT_NAMES[2:])


def test_reads_back_what_it_wrote(tmp_path: Path, manifest: Manifest) -> None:
    path = tmp_path / "manifest.yaml"
    manifest = replace(manifest, quantities={"power": {"unit": "W", "rmse": {0: 12.5, 9: 30.0}}})
    manifest.write(path)
    assert Manifest.read(path) == manifest
    assert manifest.faults(ROBOT) == []
    assert yaml.safe_load(path.read_text())["joint_names"] == list(JOINT_NAMES)


def test_sha256_is_the_standard_one(tmp_path: Path) -> None:
    file = tmp_path / "abc"
    file.write_bytes(b"abc")
    standard = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # pragma: allowlist secret
    assert sha256_of(file) == standard


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "manifest.yaml expected a file, got none"),
        ("", "manifest.yaml expected a mapping of fields, got NoneType"),
        ("a: [1", "manifest.yaml expected YAML, got 'while parsing"),
        ("\x00", "manifest.yaml expected YAML"),
    ],
)
def test_refuses_what_is_no_manifest(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "manifest.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BundleError, match=message):
        Manifest.read(path)


def test_what_cannot_be_read_is_a_fault_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"expected a readable file, got 'Is a directory'; export"):
        Manifest.read(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(BundleError, match=r"manifest.yaml expected a readable file, got 'Not a directory'; export"):
        Manifest.read(tmp_path / "file" / "manifest.yaml")


def test_names_each_missing_and_unknown_field(tmp_path: Path, manifest: Manifest) -> None:
    path = tmp_path / "manifest.yaml"
    manifest.write(path)
    document = yaml.safe_load(path.read_text())
    del document["kp"], document["schedule"]
    document["gain"] = 3
    path.write_text(yaml.safe_dump(document))
    with pytest.raises(BundleError) as caught:
        Manifest.read(path)
    assert [line.split(" expected")[0] for line in str(caught.value).splitlines()] == [
        "manifest.yaml: kp",
        "manifest.yaml: schedule",
        "manifest.yaml: gain",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"format": 2}, "manifest.yaml: format expected 1, got 2"),
        ({"joint_names": SWAPPED}, "manifest.yaml: joint_names[0] expected FR_hip_joint, got FR_thigh_joint"),
        ({"joint_names": JOINT_NAMES[1:]}, "manifest.yaml: joint_names expected 12 names, got 11 names"),
        ({"joint_names": "FR"}, "manifest.yaml: joint_names expected 12 names, got 'FR'"),
        (
            {"columns": (*COLUMN_NAMES[:-1], "other")},
            "manifest.yaml: columns[56] expected action.RL_calf_joint, got other",
        ),
        ({"horizon": 1}, "manifest.yaml: horizon expected a whole number of at least 2, got 1"),
        ({"horizon": 11.0}, "manifest.yaml: horizon expected a whole number of at least 2, got 11.0"),
        ({"dt": 0.01}, "manifest.yaml: dt expected 0.02 s, got 0.01"),
        ({"kp": 20.0}, "manifest.yaml: kp expected 40.0 (the robot's), got 20.0"),
        ({"kd": None}, "manifest.yaml: kd expected 1.0 (the robot's), got None"),
        ({"stand_pose": (0.0,) * 11}, "manifest.yaml: stand_pose expected 12 numbers, got 11 values"),
        (
            {"stand_pose": (*(0.5,) * 4, 0.6, *(0.5,) * 7)},
            "manifest.yaml: stand_pose[4] expected 0.5 (the robot's), got 0.6",
        ),
        ({"schedule": {"kind": "linear", "steps": 10}}, "manifest.yaml: schedule.kind expected cosine, got 'linear'"),
        (
            {"schedule": {"kind": "cosine", "steps": 0}},
            "manifest.yaml: schedule.steps expected a whole number of at least 1, got 0",
        ),
        (
            {"quantities": None},
            "manifest.yaml: quantities expected a mapping of base_height, power, foot_lift, got None",
        ),
        (
            {"quantities": {"speed": {"unit": "m/s", "rmse": {}}}},
            "manifest.yaml: quantities expected names among base_height, power, foot_lift, got speed",
        ),
        ({"quantities": {"power": {"unit": "kW"}}}, "manifest.yaml: quantities.power.unit expected W, got 'kW'"),
        ({"odometer": None}, "manifest.yaml: odometer expected a mapping of errors, or {}, got None"),
        ({"quantities": {"power": 3}}, "manifest.yaml: quantities.power.unit expected W, got None"),
    ],
)
def test_names_field_expected_and_got(manifest: Manifest, changes: dict[str, object], line: str) -> None:
    faulty = replace(manifest, **changes)  # type: ignore[arg-type]
    assert faulty.faults(ROBOT) == [f"{line}; export the bundle again or restore the file"]


@pytest.mark.parametrize("name", ["mean", "std"])
@pytest.mark.parametrize(
    ("values", "line"),
    [
        ((1.0,) * 56, " expected 57 numbers, got 56 values"),
        (None, " expected 57 numbers, got None"),
        ((1.0, float("nan"), *(1.0,) * 55), "[1] expected a finite number, got nan"),
        ((1.0, "1", *(1.0,) * 55), "[1] expected a finite number, got '1'"),
    ],
)
def test_names_faults_of_the_normalization(manifest: Manifest, name: str, values: object, line: str) -> None:
    faulty = replace(manifest, normalization={**manifest.normalization, name: values})  # type: ignore[dict-item]
    (found,) = faulty.faults(ROBOT)
    assert found.startswith(f"manifest.yaml: normalization.{name}{line};")


def test_deviations_have_to_be_positive(manifest: Manifest) -> None:
    faulty = replace(manifest, normalization={**manifest.normalization, "std": (*(1.0,) * 56, 0.0)})
    (found,) = faulty.faults(ROBOT)
    assert found.startswith("manifest.yaml: normalization.std[56] expected a positive number, got 0.0;")


@pytest.mark.parametrize("field", ["normalization", "schedule"])
def test_a_section_of_another_type_is_a_fault_not_a_crash(manifest: Manifest, field: str) -> None:
    faulty = replace(manifest, **{field: 3})  # type: ignore[arg-type]
    assert len(faulty.faults(ROBOT)) == 2
