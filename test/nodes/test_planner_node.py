"""The planner as a process: requests, parameters and bad bundles over real DDS."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from rcl_interfaces.msg import Parameter as ParameterMessage
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter

from diffusion_mpc_ros.execution.control_output import PlanRequest
from diffusion_mpc_ros.nodes import interface, messages
from diffusion_mpc_ros.planning.manifest import Manifest
from diffusion_mpc_ros.planning.trajectory import GRAVITY, JOINT_POSITION, PREVIOUS_ACTION, STATE_DIM
from diffusion_mpc_ros.robot.spec import STAND_POSE

MODULE = "diffusion_mpc_ros.nodes.planner_node"
CONFIG = Path(__file__).parents[2] / "config" / "planner.yaml"


def arguments(bundle: Path) -> list[str]:
    return ["--ros-args", "--params-file", str(CONFIG), "-p", f"model:={bundle}"]


def request(epoch: str, tick: int) -> Any:
    observation = np.zeros(STATE_DIM, np.float32)
    observation[GRAVITY] = 0.0, 0.0, -1.0
    observation[JOINT_POSITION] = observation[PREVIOUS_ACTION] = STAND_POSE
    return messages.request_to_message(PlanRequest(epoch, tick, observation), Time(sec=3, nanosec=tick))


def test_a_request_is_answered_by_its_chunk(start: Callable[..., Any], client: Any, bundle: Path) -> None:
    planner = start(MODULE, *arguments(bundle), "-p", "cache.steps:=7")
    planner.wait_for("ready")
    chunks = client.listen(interface.PLAN_CHUNK)
    reports = client.listen(interface.DIAGNOSTICS)
    requests = interface.publisher(client.node, interface.PLAN_REQUEST)
    client.until(lambda: requests.get_subscription_count() and client.node.count_publishers("plan_chunk"))
    for epoch, tick in (("aa", 0), ("aa", 8), ("bb", 0)):
        requests.publish(request(epoch, tick))
        client.until(lambda: chunks)
        chunk = messages.chunk_from_message(chunks[0])
        assert (chunk.epoch, chunk.start_tick, chunks[0].header.stamp.sec) == (epoch, tick, 3)
        assert chunk.targets.shape == (11, 12)
        # With caching, some noise of the resumed chain is left; the model's plan is to stand.
        np.testing.assert_allclose(chunk.targets, np.tile(STAND_POSE, (11, 1)), atol=0.5)
        chunks.clear()

    spoilt = request("bb", 8)
    spoilt.points[0].positions[4] = np.nan
    requests.publish(spoilt)

    def values() -> dict[str, str]:
        return {pair.key: pair.value for pair in reports[-1].status[0].values} if reports else {}

    client.until(lambda: values().get("requests_rejected") == "1")
    assert (values()["plans"], values()["refreshes"]) == ("3", "2")
    assert values()["model"] == "standing"
    assert not chunks
    assert planner.end(signal.SIGINT) == 0


def set_parameter(client: Any, name: str, value: Any) -> Any:
    message: ParameterMessage = Parameter(name, value=value).to_parameter_msg()
    response = client.call(SetParameters, "planner/set_parameters", SetParameters.Request(parameters=[message]))
    return response.results[0]


def test_parameters_are_set_and_refused_over_the_service(start: Callable[..., Any], client: Any, bundle: Path) -> None:
    planner = start(MODULE, *arguments(bundle))
    planner.wait_for("ready")
    assert set_parameter(client, "sampler.candidates", 5).successful
    assert set_parameter(client, "posture.weight", 1).successful
    refused = set_parameter(client, "posture.target", [0.0, 1.0])
    assert not refused.successful
    assert "posture.target: expected 12 values, got 2" in refused.reason
    assert not set_parameter(client, "model", "another").successful
    assert not set_parameter(client, "threads", 2).successful
    # No plan may skip all of the model's ten steps.
    assert not set_parameter(client, "cache.steps", 10).successful
    assert planner.end(signal.SIGTERM) == 0


def refusal(start: Callable[..., Any], bundle: Path) -> str:
    planner = start(MODULE, *arguments(bundle))
    assert planner.process.wait(30) != 0
    (line,) = planner.output.splitlines()
    return str(line)


def test_no_bundle_is_one_clear_line(start: Callable[..., Any], tmp_path: Path) -> None:
    assert "manifest.yaml expected a file, got none" in refusal(start, tmp_path)


def test_a_flipped_byte_is_one_clear_line(start: Callable[..., Any], copy_of_bundle: Path) -> None:
    graph = copy_of_bundle / "denoiser.onnx"
    content = bytearray(graph.read_bytes())
    content[len(content) // 2] ^= 1
    graph.write_bytes(content)
    assert "denoiser.onnx: sha256 expected" in refusal(start, copy_of_bundle)


def test_joints_in_another_order_are_one_clear_line(start: Callable[..., Any], copy_of_bundle: Path) -> None:
    manifest = copy_of_bundle / "manifest.yaml"
    lines = manifest.read_text().splitlines()
    first = lines.index("- FR_hip_joint")
    lines[first], lines[first + 3] = lines[first + 3], lines[first]
    manifest.write_text("\n".join(lines))
    assert "joint_names[0] expected FR_hip_joint, got FL_hip_joint" in refusal(start, copy_of_bundle)


def test_another_robots_pose_is_one_clear_line(start: Callable[..., Any], copy_of_bundle: Path) -> None:
    manifest = Manifest.read(copy_of_bundle / "manifest.yaml")
    pose = (0.0, *manifest.stand_pose[1:])
    replace(manifest, stand_pose=pose).write(copy_of_bundle / "manifest.yaml")
    assert "stand_pose[0] expected -0.1 (the robot's), got 0.0" in refusal(start, copy_of_bundle)


def test_another_horizon_is_one_clear_line(start: Callable[..., Any], copy_of_bundle: Path) -> None:
    manifest = copy_of_bundle / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("horizon: 11", "horizon: 12"))
    told = refusal(start, copy_of_bundle)
    assert "encoder.onnx: output offset expected tensor(float) (10, M, 474), got tensor(float) (10, M, 432)" in told


def test_an_own_term_that_cannot_be_used_is_one_clear_line(
    start: Callable[..., Any], bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "broken-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[diffusion_mpc_ros.reward_terms]\nwork = broken:Work\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    line = refusal(start, bundle)
    assert line.startswith("planner: error: reward term 'work = broken:Work': expected a term that loads and runs, got")
    assert line.endswith("correct or uninstall broken")


@pytest.mark.parametrize(
    "wrong", [["-p", "posture.weight:=much"], ["--params-file", "nowhere.yaml"], ["--no-such-argument"]]
)
def test_wrong_ros_arguments_are_one_clear_line(start: Callable[..., Any], bundle: Path, wrong: list[str]) -> None:
    planner = start(MODULE, *arguments(bundle), *wrong)
    assert planner.process.wait(30) != 0
    assert planner.output.startswith("planner: error: ")
    assert len(planner.output.splitlines()) == 1
