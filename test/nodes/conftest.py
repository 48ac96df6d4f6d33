"""Real processes over real DDS, each test on loopback and on domains of its own."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import rclpy
from onnx import TensorProto, helper, numpy_helper
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from diffusion_mpc_ros.demo.domains import free_domain_ids
from diffusion_mpc_ros.nodes.interface import Topic
from diffusion_mpc_ros.planning.manifest import Manifest, sha256_of
from diffusion_mpc_ros.planning.trajectory import ACTION, GRAVITY, JOINT_POSITION, PREVIOUS_ACTION, STATE_DIM, WIDTH
from diffusion_mpc_ros.planning.unknown import BLOCKS, unknown
from diffusion_mpc_ros.robot.spec import SETUP, STAND_POSE

HORIZON = 11
Shapes = dict[str, list[str | int | None]]
PATIENCE_S = 90.0
"""How long a test waits for what must come; it ends as soon as it has come."""


def write_standing_bundle(directory: Path, horizon: int = HORIZON) -> Path:
    """A model whose every plan is to stand still: its network answers with the mean of the trajectories."""
    directory.mkdir(parents=True)
    mean = np.zeros(WIDTH)
    mean[GRAVITY] = 0.0, 0.0, -1.0
    mean[JOINT_POSITION] = mean[PREVIOUS_ACTION] = mean[ACTION] = STAND_POSE
    asked = unknown(horizon)
    size = int(asked.sum())
    write_graph(
        directory / "encoder.onnx",
        [
            helper.make_node("MatMul", ["s0", "nothing"], ["none"]),
            helper.make_node("Add", ["none", "standing"], ["offset"]),
            helper.make_node("MatMul", ["s0", "silent"], ["hidden"]),
        ],
        {"s0": ["B", STATE_DIM]},
        {"hidden": [10, 1, "B", 1], "offset": [10, "B", size]},
        {
            "nothing": np.zeros((10, STATE_DIM, size)),
            "standing": np.tile(mean[:, None], (1, horizon))[asked][None, None],
            "silent": np.zeros((10, 1, STATE_DIM, 1)),
        },
    )
    write_graph(
        directory / "denoiser.onnx",
        [
            helper.make_node("Transpose", ["action"], ["turned"], perm=[1, 0]),
            helper.make_node("MatMul", ["turned", "nothing"], ["none"]),
            helper.make_node("Add", ["none", "offset"], ["clean"]),
        ],
        {
            **{name: [(block.stop - block.start) * horizon, "M"] for name, block in BLOCKS.items()},
            "hidden_0": ["T", 1],
            "offset": ["T", size],
        },
        {"clean": ["M", size]},
        {"nothing": np.zeros((12 * horizon, size))},
    )
    Manifest(
        name="standing",
        files={name: sha256_of(directory / name) for name in ("encoder.onnx", "denoiser.onnx")},
        horizon=horizon,
        kp=SETUP.kp,
        kd=SETUP.kd,
        stand_pose=SETUP.stand_pose,
        normalization={"mean": tuple(mean.tolist()), "std": (1.0,) * WIDTH},
        schedule={"kind": "cosine", "steps": 10},
        training={},
        git_revision="none",
        results={},
    ).write(directory / "manifest.yaml")
    return directory


def write_graph(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: Shapes,
    outputs: Shapes,
    constants: dict[str, np.ndarray],
) -> None:
    """Write nodes, in order, as an ONNX graph of float32 values."""

    def described(shapes: Shapes) -> list[onnx.ValueInfoProto]:
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]

    weights = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, path.stem, described(inputs), described(outputs), weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of the standing model."""
    return write_standing_bundle(tmp_path_factory.mktemp("models") / "standing")


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """ROS of this process and its children stays on this machine."""
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    monkeypatch.setenv("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp")
    monkeypatch.setenv("ROS_LOG_DIR", str(tmp_path / "ros_logs"))


@pytest.fixture
def domains() -> tuple[int, int]:
    """A ROS domain and a robot domain that nobody uses."""
    ros, robot = free_domain_ids(2, random.Random())
    return ros, robot


class Program:
    """A process of the stack and what it says on stderr."""

    def __init__(self, program: str, arguments: list[str], ros_domain: int, log: Path) -> None:
        self._log = log
        code = [program] if program.endswith(".py") else ["-m", program]
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, *code, *arguments],
                env={**os.environ, "ROS_DOMAIN_ID": str(ros_domain)},
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        """Everything said so far."""
        return self._log.read_text()

    def wait_for(self, text: str) -> None:
        """Until ``text`` was said."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.output:
            assert self.process.poll() is None, f"ended before saying '{text}':\n{self.output}"
            assert time.monotonic() < deadline, f"never said '{text}':\n{self.output}"
            time.sleep(0.05)

    def end(self, number: int) -> int:
        """Send a signal; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


@pytest.fixture
def start(tmp_path: Path, domains: tuple[int, int]) -> Iterator[Callable[..., Program]]:
    """Starts ``python -m program arguments...``, or a file; what still runs at the end of the test is killed."""
    programs: list[Program] = []

    def start_program(program: str, *arguments: str) -> Program:
        programs.append(Program(program, list(arguments), domains[0], tmp_path / f"{len(programs)}.log"))
        return programs[-1]

    yield start_program
    for program in reversed(programs):
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait()


class Client:
    """The other side of the stack's topics, parameters and services."""

    def __init__(self, node: Node, executor: SingleThreadedExecutor) -> None:
        self.node = node
        self._executor = executor

    def until(self, condition: Callable[[], Any]) -> None:
        """Handle messages until ``condition`` holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "nothing happened"
            self._executor.spin_once(timeout_sec=0.1)

    def call(self, service_type: Any, name: str, request: Any) -> Any:
        """Call a service and return its response."""
        client: Any = self.node.create_client(service_type, name)
        self.until(client.service_is_ready)
        future = client.call_async(request)
        self.until(future.done)
        return future.result()

    def listen(self, topic: Topic) -> list[Any]:
        """A list that fills with the messages of a topic."""
        received: list[Any] = []
        self.node.create_subscription(topic.type, topic.name, received.append, topic.qos)
        return received


@pytest.fixture
def client(domains: tuple[int, int]) -> Iterator[Client]:
    """A ROS node on the test's domain."""
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=domains[0], signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node("client", context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    yield Client(node, executor)
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown(context=context)


@pytest.fixture
def copy_of_bundle(bundle: Path, tmp_path: Path) -> Path:
    """A bundle to spoil."""
    return Path(shutil.copytree(bundle, tmp_path / "copy"))
