"""What the launch files refer to exists: read from their source, for launch itself is not on every machine."""

import ast
from pathlib import Path

import pytest

from diffusion_mpc_ros.nodes.executor_parameters import CONNECTION, CONTROLLER

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "launch").glob("*.launch.py"))


def calls(file: Path, name: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(ast.parse(file.read_text(), str(file)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def strings(file: Path) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(file.read_text(), str(file)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def keyword(call: ast.Call, name: str) -> object:
    (value,) = [ast.literal_eval(item.value) for item in call.keywords if item.arg == name]
    return value


def declared(file: Path) -> dict[object, object]:
    return {
        ast.literal_eval(call.args[0]): keyword(call, "description") for call in calls(file, "DeclareLaunchArgument")
    }


def test_both_launch_files_are_there() -> None:
    assert [file.name for file in FILES] == ["go2.launch.py", "sim.launch.py"]


def test_every_argument_is_declared_and_described() -> None:
    go2, sim = map(declared, FILES)
    assert set(go2) == {"network_interface", "domain_id", "model", "objective", "params_file", "namespace", "record"}
    assert set(sim) <= set(go2)
    assert all([*go2.values(), *sim.values()])


def test_the_simulation_stays_on_this_machine() -> None:
    defaults = {
        ast.literal_eval(call.args[0]): keyword(call, "default_value")
        for call in calls(ROOT / "launch" / "sim.launch.py", "DeclareLaunchArgument")
    }
    assert defaults == {"network_interface": "lo", "domain_id": "1"}


def test_the_simulation_sets_parameters_that_the_executor_has() -> None:
    names = [keyword(call, "name") for call in calls(ROOT / "launch" / "sim.launch.py", "SetParameter")]
    assert names == ["robot_timeout_s", "late_state_age_s", "max_state_age_s"]
    assert set(names) <= {spec.name for spec in (*CONNECTION, *CONTROLLER)}


def test_the_executables_are_installed() -> None:
    scripts = (ROOT / "setup.py").read_text()
    started = [keyword(call, "executable") for call in calls(ROOT / "launch" / "go2.launch.py", "Node")]
    started += [ast.literal_eval(call.args[0]) for file in FILES for call in calls(file, "ExecutableInPackage")]
    assert sorted(map(str, started)) == ["executor", "guardian", "planner", "plant"]
    assert all(f'"{name} = ' in scripts for name in started)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_files_referred_to_exist(file: Path) -> None:
    referred = [text for text in strings(file) if " " not in text and text.endswith((".yaml", ".launch.py"))]
    assert referred
    for name in referred:
        assert (ROOT / "config" / name).is_file() or (ROOT / "launch" / name).is_file(), name
