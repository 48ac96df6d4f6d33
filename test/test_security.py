"""What the security policy allows is the ROS interface, and nothing unsafe is loaded."""

import ast
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from diffusion_mpc_ros.nodes import interface
from diffusion_mpc_ros.safety.supervisor import Request

ROOT = Path(__file__).resolve().parents[1]
POLICY = ElementTree.parse(ROOT / "config" / "security" / "policy.xml").getroot()
ON_THE_ROBOT = ("planning", "execution", "safety", "robot", "nodes", "preflight")


def allowed(node: str, kind: str) -> set[str]:
    """Topics or services of a node that the policy lets it publish, subscribe, ..."""
    (profile,) = [profile for profile in POLICY.iter("profile") if profile.get("node") == node]
    return {(item.text or "").lstrip("/") for group in profile if group.get(kind) == "ALLOW" for item in group}


def test_every_topic_is_published_and_heard_by_somebody_allowed() -> None:
    published = allowed("executor", "publish") | allowed("planner", "publish") | allowed("operator", "publish")
    assert {topic.name.lstrip("/") for topic in interface.TOPICS} <= published
    for topic in (interface.CMD_VEL, interface.PLAN_CHUNK, interface.PLAN_STATES):
        assert topic.name in allowed("executor", "subscribe")
    assert interface.PLAN_REQUEST.name in allowed("planner", "subscribe")


def test_only_the_executor_hears_commands_and_only_the_planner_makes_plans() -> None:
    assert "cmd_vel" not in allowed("executor", "publish")
    assert "plan_chunk" not in allowed("executor", "publish") | allowed("operator", "publish")


def test_every_service_and_preset_is_there() -> None:
    assert {f"~/{request.value}" for request in Request} <= allowed("executor", "reply")
    presets = {file.stem for file in (ROOT / "config" / "objectives").glob("*.yaml")}
    assert {f"~/objective/{preset}" for preset in presets} <= allowed("planner", "reply")


@pytest.mark.parametrize("room", ON_THE_ROBOT)
def test_nothing_on_the_robot_unpickles_or_loads_unsafe_yaml_or_reads_a_wall_clock(room: str) -> None:
    wrong = []
    for path in sorted((ROOT / "diffusion_mpc_ros" / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                wrong += [f"{path.name}: {name}" for name in names if name in ("pickle", "shelve", "marshal", "dill")]
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called = f"{node.value.id}.{node.attr}"
                if called in ("yaml.load", "yaml.unsafe_load", "time.time", "time.time_ns", "datetime.now"):
                    wrong.append(f"{path.name}: {called}")
    assert wrong == []
