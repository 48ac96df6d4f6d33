"""What the nodes tell of plans, over real DDS: the planner alone, then the whole stack on the plant."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from rcl_interfaces.srv import SetParametersAtomically
from rclpy.parameter import Parameter
from std_srvs.srv import Trigger

from diffusion_mpc_ros.execution.control_output import PlanRequest
from diffusion_mpc_ros.nodes import interface, messages
from diffusion_mpc_ros.planning.trajectory import (
    GRAVITY,
    JOINT_NAMES,
    JOINT_POSITION,
    PREVIOUS_ACTION,
    STATE_DIM,
    WIDTH,
)
from diffusion_mpc_ros.robot.spec import STAND_POSE

PLANNER = "diffusion_mpc_ros.nodes.planner_node"
EXECUTOR = "diffusion_mpc_ros.nodes.executor_node"
PLANT = "diffusion_mpc_ros.simulation.plant"
CONFIG = Path(__file__).parents[2] / "config"
PAPER = ("margin:=3", "replan_period:=0")
"""Its time-line (section IV-D)."""
# A busy machine may hold up plant and planner; what is tested here is not how fast they are.
PATIENT = (
    *("late_state_age_s:=1.0", "max_state_age_s:=1.0", "guardian_age_s:=1.0", "max_missed_ticks:=50", "hang_s:=2.0"),
    *("grace_ticks:=50", "first_plan_ticks:=500", "max_age_ticks:=50", "fold_s:=0.5", "rise_s:=1.0"),
)


def numbers(message: Any) -> dict[str, float]:
    return dict(zip(message.name, message.position, strict=True))


def with_parameters(node: str, *settings: str) -> list[str]:
    pairs = [item for setting in settings for item in ("-p", setting)]
    return ["--ros-args", "--params-file", str(CONFIG / f"{node}.yaml"), *pairs]


def set_parameters(client: Any, values: dict[str, Any]) -> None:
    changes = [Parameter(name, value=value).to_parameter_msg() for name, value in values.items()]
    request = SetParametersAtomically.Request(parameters=changes)
    assert client.call(SetParametersAtomically, "planner/set_parameters_atomically", request).result.successful


def test_every_plan_tells_of_itself(start: Callable[..., Any], client: Any, bundle: Path) -> None:
    planner = start(PLANNER, *with_parameters("planner", f"model:={bundle}"))
    planner.wait_for("ready")
    reports, states = client.listen(interface.PLAN_TELEMETRY), client.listen(interface.PLAN_STATES)
    requests = interface.publisher(client.node, interface.PLAN_REQUEST)
    client.until(lambda: requests.get_subscription_count() and client.node.count_publishers("plan_states"))
    observation = np.zeros(STATE_DIM, np.float32)
    observation[GRAVITY] = 0.0, 0.0, -1.0
    observation[JOINT_POSITION] = observation[PREVIOUS_ACTION] = STAND_POSE + 0.1

    def plan(tick: int) -> dict[str, float]:
        reports.clear()
        states.clear()
        requests.publish(messages.request_to_message(PlanRequest("ab", tick, observation), Time(sec=3, nanosec=tick)))
        client.until(lambda: reports and states)
        assert reports[0].header == states[0].header
        assert (reports[0].header.frame_id, reports[0].header.stamp) == ("ab", Time(sec=3, nanosec=tick))
        return numbers(reports[0])

    before = plan(0)
    assert (before["tick"], before["candidates"], before["refreshed"]) == (0, 1, 1)
    assert np.isnan([before["score.best"], before["posture.before"], before["posture.after"]]).all()
    predicted = messages.prediction_from_message(states[0])
    assert (predicted.epoch, predicted.start_tick, predicted.states.shape) == ("ab", 0, (11, STATE_DIM))
    np.testing.assert_array_equal(predicted.states[0], observation)

    # The model has the robot stand whatever is asked for; only the limits bend its plan towards the posture.
    changes = {
        "posture.weight": 100.0,
        "posture.target": [0.0, 0.0, -2.0] * 4,
        "constraints.joint_position.upper": [1.0, 3.0, -1.6] * 4,
        "sampler.candidates": 4,
    }
    set_parameters(client, changes)
    after = plan(8)
    assert list(after) == list(before)
    assert (after["tick"], after["candidates"]) == (8, 4)
    assert after["revision"] > before["revision"]
    assert after["posture.before"] < after["posture.after"] < 0.0
    # Four calves, as positions of ten ticks (the first is measured) and as targets of eleven.
    assert (before["clipped"], after["clipped"]) == (0.0, 4 * (10 + 11) / (11 * WIDTH))
    assert after["score.spread"] == 0.0
    np.testing.assert_allclose(after["score.best"], 100.0 * after["posture.after"], rtol=1e-5)
    assert np.isnan(after["joint_velocity.after"])
    assert planner.end(signal.SIGINT) == 0


def test_the_executor_tells_which_plan_it_uses_and_what_that_expected(
    start: Callable[..., Any], client: Any, bundle: Path, domains: tuple[int, int]
) -> None:
    plant = start(PLANT, "--network-interface", "lo", "--domain-id", str(domains[1]))
    plant.wait_for("plant ready")
    where = ("--network-interface", "lo", "--domain-id", str(domains[1]))
    start("diffusion_mpc_ros.robot.guardian", *where, "--silence-ms", "1000").wait_for("ready")
    planner = start(PLANNER, *with_parameters("planner", f"model:={bundle}"))
    planner.wait_for("ready")
    executor = start(
        EXECUTOR, *with_parameters("executor", "network_interface:=lo", f"domain_id:={domains[1]}", *PAPER, *PATIENT)
    )
    modes, chunks = client.listen(interface.MODE), client.listen(interface.PLAN_CHUNK)
    plans = client.listen(interface.PLAN_TELEMETRY)
    uses, predicted = client.listen(interface.EXECUTION_TELEMETRY), client.listen(interface.PREDICTED_JOINT_STATES)
    reports = client.listen(interface.DIAGNOSTICS)
    nonsense = interface.publisher(client.node, interface.PLAN_STATES)

    def mode() -> str | None:
        return modes[-1].data if modes else None

    client.until(lambda: mode() == "passive")
    assert client.call(Trigger, "executor/stand", Trigger.Request()).success
    client.until(lambda: mode() == "standing")
    assert not uses
    assert not predicted
    assert client.call(Trigger, "executor/walk", Trigger.Request()).success
    client.until(lambda: len(uses) > 5 and predicted)

    first_uses = [numbers(use) for use in uses]
    made = {(plan.header.frame_id, numbers(plan)["tick"]) for plan in plans}
    assert {(use.header.frame_id, row["plan_tick"]) for use, row in zip(uses, first_uses, strict=True)} <= made
    for row in first_uses:
        assert row["age_ticks"] == row["first_tick"] - row["plan_tick"] >= 3
        assert row["age_ms"] == 20.0 * row["age_ticks"]
        assert row["margin_left_ticks"] <= 3
        assert row["latency_ms"] > 40.0  # three ticks later, but for the loop's jitter
    plan_ticks = [row["plan_tick"] for row in first_uses]
    assert plan_ticks == sorted(set(plan_ticks))
    # The model expects the robot to stand, but for the noise of the last reverse step.
    assert tuple(predicted[-1].name) == JOINT_NAMES
    np.testing.assert_allclose(predicted[-1].position, STAND_POSE, atol=0.5)
    assert len(predicted[-1].velocity) == len(JOINT_NAMES)

    client.until(lambda: nonsense.get_subscription_count() > 0)
    for chunk in chunks[:3]:
        nonsense.publish(chunk)  # twelve columns where a prediction has forty-five

    def rejected() -> list[str]:
        pairs = [pair for report in reports for status in report.status for pair in status.values]
        return [pair.value for pair in pairs if pair.key == "rejected_predictions"]

    client.until(lambda: rejected() and int(rejected()[-1]) > 0)
    executor.wait_for("prediction ignored: plan_states joint_names: expected 45 names, got 12")
    predicted.clear()
    client.until(lambda: len(predicted) > 10)
    assert mode() == "walking"
    assert executor.end(signal.SIGINT) == 0
    assert "Traceback" not in executor.output
