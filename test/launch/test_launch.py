"""What launch makes of the launch files: real launch, with programs that only note how they were started."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("launch_ros", reason="launch_ros comes with a ROS installation and is not on PyPI")

ROOT = Path(__file__).parents[2]
PACKAGE = "diffusion_mpc_ros"
SHOW = """
import sys
from launch.launch_description_sources import get_launch_description_from_python_launch_file as load
print({argument.name for argument in load(sys.argv[1]).get_launch_arguments()})
"""
RUN = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
arguments = [tuple(text.split(":=", 1)) for text in sys.argv[2:]]
service = LaunchService(noninteractive=True)
service.include_launch_description(
    LaunchDescription([IncludeLaunchDescription(sys.argv[1], launch_arguments=arguments)])
)
sys.exit(service.run())
"""
STAND_IN = """#!{python}
import json, pathlib, sys, time
name, arguments = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
files = [arguments[i + 1] for i, argument in enumerate(arguments) if argument == "--params-file"]
note = dict(arguments=arguments, parameters=[pathlib.Path(file).read_text() for file in files])
target = pathlib.Path({notes!r}, name)
target.with_suffix(".part").write_text(json.dumps(note))
target.with_suffix(".part").rename(target.with_suffix(".json"))
others = [pathlib.Path({notes!r}, other + ".json") for other in {expected!r}]
while name != "executor" or not all(other.exists() for other in others):
    time.sleep(0.02)
"""
"""The executor's stand-in ends when the others have been started; the launch must then end the others."""


class Workspace:
    """An installation whose programs are stand-ins."""

    def __init__(self, directory: Path) -> None:
        self._prefix, self._notes = directory / "install", directory / "notes"
        self._notes.mkdir()
        marker = self._prefix / "share" / "ament_index" / "resource_index" / "packages" / PACKAGE
        marker.parent.mkdir(parents=True)
        marker.touch()

    def launch(self, file: str, arguments: list[str], expected: set[str]) -> dict[str, Any]:
        """Run a launch file to its end; how each program was started."""
        folders = {"ros2": self._prefix / "bin"}
        for name in expected:
            program = folders.get(name, self._prefix / "lib" / PACKAGE) / name
            program.parent.mkdir(parents=True, exist_ok=True)
            text = STAND_IN.format(python=sys.executable, notes=str(self._notes), expected=sorted(expected))
            program.write_text(text)
            program.chmod(0o755)
        self._run(RUN, file, arguments)
        return {note.stem: json.loads(note.read_text()) for note in self._notes.glob("*.json")}

    def arguments_of(self, file: str) -> str:
        """What ``--show-args`` goes through."""
        return self._run(SHOW, file, [])

    def _run(self, script: str, file: str, arguments: list[str]) -> str:
        environment = {
            **os.environ,
            "AMENT_PREFIX_PATH": str(self._prefix),
            "PATH": f"{self._prefix / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "ROS_LOG_DIR": str(self._notes / "log"),
        }
        command = [sys.executable, "-c", script, str(ROOT / "launch" / file), *arguments]
        done = subprocess.run(command, env=environment, cwd=self._notes, capture_output=True, text=True, timeout=60)
        assert "Caught exception" not in done.stderr + done.stdout, done.stderr + done.stdout
        return done.stdout


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def parameters(note: Any) -> dict[str, Any]:
    """The parameters of a node from its files, a later one winning."""
    merged: dict[str, Any] = {}
    for text in note["parameters"]:
        for node in yaml.safe_load(text).values():
            merged |= node["ros__parameters"]
    return merged


@pytest.mark.parametrize("file", ["go2.launch.py", "sim.launch.py"])
def test_all_arguments_are_shown(workspace: Workspace, file: str) -> None:
    shown = set(re.findall(r"'(\w+)'", workspace.arguments_of(file)))
    assert shown == {"network_interface", "domain_id", "model", "objective", "params_file", "namespace", "record"}


def test_the_robots_stack(workspace: Workspace) -> None:
    notes = workspace.launch("go2.launch.py", ["network_interface:=eth0"], {"guardian", "planner", "executor"})
    assert set(notes) == {"guardian", "planner", "executor"}
    executor = parameters(notes["executor"])
    assert (executor["network_interface"], executor["domain_id"]) == ("eth0", 0)
    where = ["--network-interface", "eth0", "--domain-id", "0"]
    assert notes["guardian"]["arguments"] == [*where, "--idle-s", "30", "--detach", "~/.ros/log/guardian.log"]
    packaged = yaml.safe_load((ROOT / "config" / "planner.yaml").read_text())["/**"]["ros__parameters"]
    assert parameters(notes["planner"]) == packaged


def test_the_simulation_adds_the_plant(workspace: Workspace) -> None:
    notes = workspace.launch("sim.launch.py", [], {"guardian", "planner", "executor", "plant"})
    assert notes["plant"]["arguments"] == ["--network-interface", "lo", "--domain-id", "1"]
    executor = parameters(notes["executor"])
    assert (executor["network_interface"], executor["domain_id"]) == ("lo", 1)
    assert "robot_timeout_s:=15.0" in notes["executor"]["arguments"]


def test_arguments_reach_the_programs(workspace: Workspace, tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("/**:\n  ros__parameters:\n    grace_ticks: 9\n    model: mine\n")
    arguments = [f"params_file:={site}", "namespace:=dog", "domain_id:=7", "model:=123", "record:=true"]
    notes = workspace.launch("sim.launch.py", arguments, {"guardian", "planner", "executor", "plant", "ros2"})
    assert notes["plant"]["arguments"][-1] == "7"
    executor, planner = parameters(notes["executor"]), parameters(notes["planner"])
    assert (executor["grace_ticks"], executor["domain_id"]) == (9, 7)
    assert planner["model"] == "123"
    assert all("__ns:=/dog" in notes[name]["arguments"] for name in ("planner", "executor"))
    *command, pattern = notes["ros2"]["arguments"]
    assert command == ["bag", "record", "-s", "mcap", "--regex"]
    assert re.search(pattern, "/dog/plan_chunk")
    assert re.search(pattern, "/diagnostics")


def test_a_preset_comes_between_the_packages_file_and_the_sites(workspace: Workspace, tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("/**:\n  ros__parameters:\n    align:\n      weight: 3.0\n")
    arguments = ["objective:=balance", f"params_file:={site}"]
    notes = workspace.launch("sim.launch.py", arguments, {"guardian", "planner", "executor", "plant"})
    files = ("config/planner.yaml", "config/objectives/balance.yaml", site)
    assert notes["planner"]["parameters"][:3] == [(ROOT / file).read_text() for file in files]


def test_a_site_file_wins_over_the_packages(workspace: Workspace, tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("/**:\n  ros__parameters:\n    model: mine\n")
    notes = workspace.launch(
        "go2.launch.py", ["network_interface:=eth0", f"params_file:={site}"], {"guardian", "planner", "executor"}
    )
    assert parameters(notes["planner"])["model"] == "mine"
