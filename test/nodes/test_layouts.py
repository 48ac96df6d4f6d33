"""The layouts that are shipped plot series that are there, and each under its own name."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from diffusion_mpc_ros.nodes import interface
from diffusion_mpc_ros.nodes.telemetry import FIRST_USE
from diffusion_mpc_ros.planning.plan_report import PlanReport
from diffusion_mpc_ros.planning.rewards.registry import BUILT_IN
from diffusion_mpc_ros.planning.trajectory import JOINT_NAMES

LAYOUTS = Path(__file__).parents[2] / "config" / "layouts"
SERIES = {
    interface.PLAN_TELEMETRY.name: PlanReport(tuple(term.name for term in BUILT_IN)).names,
    interface.EXECUTION_TELEMETRY.name: FIRST_USE,
    interface.JOINT_STATES.name: JOINT_NAMES,
    interface.PREDICTED_JOINT_STATES.name: JOINT_NAMES,
}
JOINT_LABELS = {interface.JOINT_STATES.name: "measured", interface.PREDICTED_JOINT_STATES.name: "predicted"}


def test_plotjuggler_finds_its_curves() -> None:
    curves = [curve.attrib["name"] for curve in ElementTree.parse(LAYOUTS / "plotjuggler.xml").iter("curve")]
    known = {f"/{topic}/{name}/position" for topic, names in SERIES.items() for name in names}
    assert set(curves) <= known
    terms = {name for name in known if name.endswith((".before/position", ".after/position"))}
    assert terms <= set(curves)


def panels() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((LAYOUTS / "foxglove.json").read_text())
    configurations: dict[str, Any] = document["configById"]
    assert document["layout"] in configurations
    return configurations


def test_foxglove_labels_every_number_by_its_name() -> None:
    plotted = set()
    for panel in panels().values():
        for path in panel.get("paths", []):
            match = re.fullmatch(r"/(\w+)\.position\[(\d+)\]", path["value"])
            assert match
            topic, index = match[1], int(match[2])
            name = SERIES[topic][index]
            if topic in JOINT_LABELS:
                assert path["label"] == JOINT_LABELS[topic]
                assert name == f"{panel['foxglovePanelTitle'].removesuffix(', rad').replace(' ', '_')}_joint"
            else:
                assert path["label"] == name
            plotted.add(name)
    assert {name for name in SERIES["plan_telemetry"] if name.endswith((".before", ".after"))} <= plotted


def test_foxglove_shows_every_panel_once() -> None:
    configurations = panels()

    def leaves(layout: Any) -> list[str]:
        return [layout] if isinstance(layout, str) else [*leaves(layout["first"]), *leaves(layout["second"])]

    shown = [leaf for tab in configurations["Tab!tabs"]["tabs"] for leaf in leaves(tab["layout"])]
    assert sorted([*shown, "Tab!tabs"]) == sorted(configurations)
