import re
from pathlib import Path

import pytest

from diffusion_mpc_ros.nodes.interface import TOPICS, topic_pattern

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_the_documented_topics_are_the_topics() -> None:
    section = ARCHITECTURE.read_text().split("## ROS interface")[1].split("\n## ")[0]
    documented = dict(re.findall(r"^\| `([^`~]+)` \| ([\w/]+)", section, re.MULTILINE))
    actual = {topic.name: f"{topic.type.__module__.split('.')[0]}/{topic.type.__name__}" for topic in TOPICS}
    assert documented == actual


@pytest.mark.parametrize(("namespace", "prefix"), [("", ""), ("/", ""), ("dog", "/dog"), ("/pack/dog/", "/pack/dog")])
def test_the_pattern_matches_the_stacks_topics_and_no_others(namespace: str, prefix: str) -> None:
    pattern = topic_pattern(namespace)
    for topic in TOPICS:
        name = topic.name if topic.name.startswith("/") else f"{prefix}/{topic.name}"
        assert re.search(pattern, name)
        assert not re.search(pattern, f"/other{name}")
        assert not re.search(pattern, f"{name}/more")
    assert re.search(pattern, "/rosout")
    assert not re.search(pattern, "/parameter_events")
