"""What colcon makes of the checkout: the layout that `ros2 run` and `ros2 launch` look into."""

import shutil
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAME = "diffusion_mpc_ros"
EXECUTABLES = ("guardian", "planner", "executor", "plant")


def checkout_files() -> list[Path]:
    """What a clone would hold: tracked files, and new ones that git does not ignore, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listing.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module", params=[[], ["--symlink-install"]], ids=["copied", "symlinked"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The install prefix of the package, built from a copy of the checkout in a workspace of its own."""
    workspace = tmp_path_factory.mktemp("workspace")
    for file in checkout_files():
        target = workspace / "src" / NAME / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, target)
    colcon = Path(sysconfig.get_path("scripts")) / "colcon"
    command = [str(colcon), "--log-base", "log", "build", *request.param]
    build = subprocess.run(command, cwd=workspace, capture_output=True, text=True, timeout=300)
    assert build.returncode == 0, build.stdout + build.stderr
    return workspace / "install" / NAME


def test_executables_are_where_ros2_run_looks(installed: Path) -> None:
    for executable in EXECUTABLES:
        assert (installed / "lib" / NAME / executable).stat().st_mode & 0o111


def test_every_executable_finds_its_code_in_the_sourced_workspace(installed: Path) -> None:
    script = f"""
import importlib.metadata, sys
points = importlib.metadata.distribution("{NAME.replace("_", "-")}").entry_points
assert {{point.name for point in points}} == set({EXECUTABLES!r}), points
for point in points:
    assert callable(point.load()), point
print(sys.modules["{NAME}"].__file__)
"""
    command = ["sh", "-c", '. ./install/setup.sh && exec "$0" "$@"', sys.executable, "-c", script]
    result = subprocess.run(command, cwd=installed.parents[1], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(str(installed.parents[1]))


def test_share_holds_what_the_launch_files_need(installed: Path) -> None:
    share = installed / "share" / NAME
    expected = [file for file in checkout_files() if file.parts[0] in ("launch", "config", "models")]
    assert {file.parts[0] for file in expected} == {"launch", "config", "models"}
    for file in [*expected, Path("package.xml")]:
        if file.suffix == ".pt":
            assert not (share / file).exists()  # checkpoints are for training: no robot needs to carry them
        else:
            assert (share / file).read_bytes() == (ROOT / file).read_bytes()


def test_the_ament_index_knows_the_package(installed: Path) -> None:
    assert (installed / "share" / "ament_index" / "resource_index" / "packages" / NAME).is_file()


def test_both_descriptions_agree() -> None:
    manifest = ElementTree.parse(ROOT / "package.xml").getroot()
    command = [sys.executable, "setup.py", "--name", "--version", "--license"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout.split()
    assert answer == [manifest.findtext("name"), manifest.findtext("version"), manifest.findtext("license")]
