"""Who may import whom: the arrows of docs/architecture.md, read from the source, and what the robot's side lacks."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "diffusion_mpc_ros"

VOCABULARY = {"planning.trajectory", "planning.observation"}
"""What a trajectory and an observation are made of: every room speaks it."""
COMMON = {"resources", "provenance", "journal"}
"""Modules beside the rooms, for all of them."""
ARROWS = {
    "planning": set(),
    "safety": VOCABULARY,
    "execution": {"safety"} | VOCABULARY,
    "robot": {"safety"} | VOCABULARY,
    "nodes": {"execution", "safety", "robot", "planning"},
    "simulation": {"robot", "safety"} | VOCABULARY,
    "closed_loop": {"simulation", "robot", "execution", "safety", "planning"},
    "training": {"closed_loop", "simulation", "robot", "execution", "safety", "planning"},
    "evaluation": {"training", "closed_loop", "simulation", "robot", "execution", "safety", "planning"},
    "demo": {"simulation", "robot", "safety"} | VOCABULARY,
    "preflight": {"execution", "robot", "safety", "planning"},
    "faults": {"demo", "simulation", "robot", "execution", "safety", "planning", "nodes.executor_node"},
    "cli": set(),
}
"""Room -> the rooms, or single modules, of the project that it may import besides itself."""

NUMERICS = {"numpy"}
INFERENCE = {"numba", "onnxruntime", "yaml"}
SDK = {"cyclonedds", "unitree_sdk2py"}
ROS = {
    *("ament_index_python", "builtin_interfaces", "diagnostic_msgs", "geometry_msgs", "rcl_interfaces", "rclpy"),
    *("sensor_msgs", "std_msgs", "std_srvs", "trajectory_msgs"),
}
OUTSIDE = {
    "planning": NUMERICS | INFERENCE,
    "safety": NUMERICS,
    "execution": NUMERICS,
    "robot": NUMERICS | SDK,
    "nodes": NUMERICS | INFERENCE | SDK | ROS,
    "preflight": NUMERICS | INFERENCE | SDK,
    "cli": set(),
}
"""Room -> all that it may import from outside the standard library. Other rooms may import what they need."""

ROBOT_SIDE = ("planning", "execution", "safety", "robot", "nodes", "preflight")
BLOCKED = ("torch", "mujoco", "mjbatch", "matplotlib", "rich")


def modules(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((PACKAGE / room).rglob("*.py"))]


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Absolute dotted names of everything a file imports, at any depth of its code."""
    package = dotted(path) if path.name == "__init__.py" else dotted(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def within(name: str, allowed: str) -> bool:
    return name == allowed or name.startswith(f"{allowed}.")


@pytest.mark.parametrize("room", ARROWS)
def test_a_room_imports_only_along_the_arrows(room: str) -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in modules(room)
        for name in imports(path)
        if name.startswith(f"{PACKAGE.name}.")
        and not any(within(name, f"{PACKAGE.name}.{allowed}") for allowed in {room, *ARROWS[room], *COMMON})
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", OUTSIDE)
def test_a_room_needs_only_what_it_is_allowed_from_outside(room: str) -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in modules(room)
        for name in imports(path)
        if name.partition(".")[0] not in sys.stdlib_module_names | {PACKAGE.name} | OUTSIDE[room]
    ]
    assert not wrong, "\n".join(wrong)


def test_every_room_has_its_arrows() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms == set(ARROWS)


def test_the_robot_side_runs_without_simulation_and_training() -> None:
    names = [dotted(path) for path in modules(*ROBOT_SIDE) if path.name != "__main__.py"]
    assert "diffusion_mpc_ros.nodes.executor_node" in names
    script = f"""
import importlib, sys
for blocked in {BLOCKED!r}:
    sys.modules[blocked] = None
for name in {names!r}:
    importlib.import_module(name)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
