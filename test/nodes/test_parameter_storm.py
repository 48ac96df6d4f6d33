"""Random parameter sets against the running planner while it plans; ``--parameter-sets 10000`` for the long run.

Each call goes to the real services of a real process and to the pure model beside it. Both must give the same answers
and hold the same values, what is flawed by construction must be refused by name, and every chunk must keep the limits
of the revision that its plan was made for.
"""

import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from rcl_interfaces.srv import GetParameters, SetParameters, SetParametersAtomically
from rclpy.parameter import Parameter, parameter_value_to_python
from std_srvs.srv import Trigger

from diffusion_mpc_ros.execution.control_output import PlanRequest
from diffusion_mpc_ros.nodes import interface, messages
from diffusion_mpc_ros.planning.live_objective import LiveObjective
from diffusion_mpc_ros.planning.objective import Objective
from diffusion_mpc_ros.planning.objective_schema import ObjectiveError, ObjectiveSchema
from diffusion_mpc_ros.planning.parameters import ParameterSpec, Value
from diffusion_mpc_ros.planning.trajectory import (
    ACTION,
    COLUMN_NAMES,
    GRAVITY,
    JOINT_POSITION,
    PREVIOUS_ACTION,
    STATE,
    STATE_DIM,
)
from diffusion_mpc_ros.robot.spec import LIMITS, STAND_POSE

MODULE = "diffusion_mpc_ros.nodes.planner_node"
TOLERANCE = 1e-6
CHECK_EVERY = 50
"""Sets between two comparisons of all values."""
MOST = {"sampler.candidates": 8}
"""Where the range itself would make plans slow."""
UNKNOWN = ("", "posture", "posture.wieght", "sampler..steps", "energy.weight", "constraints.nothing", "ü", "a" * 300)

Rng = np.random.Generator
Drawn = tuple[dict[str, Any], set[str]]
"""The parameters of a call, and those that are flawed by construction."""


def number(rng: Rng, spec: ParameterSpec, like: Any) -> Any:
    """A value within the range, a fifth of them at its ends; huge weights are as likely as tiny ones."""
    lower, upper = spec.range or (-1e3, 1e3)
    upper = MOST.get(spec.name, upper)
    end = rng.random() < 0.2
    if isinstance(like, int):
        return int(rng.choice([lower, upper]) if end else rng.integers(int(lower), int(upper), endpoint=True))
    if end:
        return float(rng.choice([lower, upper]))
    if spec.name.endswith(".weight"):
        return float(10.0 ** rng.uniform(-6.0, np.log10(upper)))
    return float(rng.uniform(lower, upper))


def element(rng: Rng, spec: ParameterSpec, like: Any) -> Any:
    if isinstance(like, str):
        return str(rng.choice(spec.choices))
    return bool(rng.integers(2)) if isinstance(like, bool) else number(rng, spec, like)


def sound(rng: Rng, spec: ParameterSpec) -> Any:
    """A value that the parameter can take; sometimes integers for numbers."""
    like: Any = spec.default
    if not isinstance(like, tuple):
        value = element(rng, spec, like)
        return int(value) if isinstance(like, float) and value >= 1.0 and rng.random() < 0.2 else value
    if spec.name == "align.direction":
        return rng.choice([-1.0, 0.5, 1.0], 3).tolist()
    if spec.any_length:
        like = like[:1] * int(rng.integers(1, 5))
    if "lower" in spec.name or "upper" in spec.name:
        # Around the joints' own limits: most pairs agree, some cross.
        side = -1.0 if "lower" in spec.name else 1.0
        return (np.array(like) + side * rng.uniform(-1.0, 0.5) * rng.random(len(like))).tolist()
    return [element(rng, spec, example) for example in like]


def flawed(rng: Rng, spec: ParameterSpec) -> Any:
    """A value that the parameter cannot take."""
    like: Any = spec.default
    anything: list[Any] = [
        None,
        "nonsense",
        "nan",
        "[1, 2",
        [b"a", b"b"],
        ["a", "b"],
        [],
        np.nan,
        np.inf,
        -np.inf,
        1e300,
    ]
    anything += [2**62, -(2**62), [np.nan] * 12, [1.0] * 11, [1.0] * 13, [True] * 11, [2**40] * 12]
    if spec.any_length:
        anything = [value for value in anything if value not in ([1.0] * 11, [1.0] * 13)]
    if isinstance(like, tuple):
        if isinstance(like[0], float) and rng.random() < 0.5:
            spoilt = sound(rng, spec)
            spoilt[rng.integers(len(spoilt))] = float(rng.choice([np.nan, np.inf, -np.inf, 1e300]))
            return spoilt
        return anything[rng.integers(len(anything))]
    if not isinstance(like, bool):
        anything.append(True)
    if isinstance(like, (str, bool)):
        anything += [0, 1, 0.5]
    if isinstance(like, int):
        anything += [0.5, "2"]
    return anything[rng.integers(len(anything))]


def rows(rng: Rng) -> dict[str, Any]:
    """Inequalities between a few joint targets, switched on; some contradict one another, or bounds."""
    m, n = rng.integers(1, 4, 2)
    values = {
        "columns": rng.choice(COLUMN_NAMES[ACTION], n, replace=False).tolist(),
        "a": rng.normal(size=m * n).tolist(),
        "b": rng.uniform(-0.5, 3.0, m).tolist(),
        "enabled": True,
    }
    return {f"constraints.linear.{name}": value for name, value in values.items()}


def lone_limit(rng: Rng, specs: Mapping[str, ParameterSpec]) -> dict[str, Any]:
    """A limit past where its partner was at the start: it waits for it, unless that was moved out of its way."""
    limit, partner, way = (("lower", "upper", 1.0), ("upper", "lower", -1.0))[rng.integers(2)]
    return {f"range.{limit}": (np.array(specs[f"range.{partner}"].default) + way * rng.uniform(0.01, 0.5)).tolist()}


def drawn(rng: Rng, specs: Mapping[str, ParameterSpec]) -> Drawn:
    if rng.random() < 0.03:
        return lone_limit(rng, specs), set()
    names = rng.choice(sorted(specs), rng.integers(1, 8), replace=False)
    if rng.random() < 0.1:  # both limits of a pair, which then cross or agree
        group = rng.choice(["range", "constraints.joint_position"])
        names = np.union1d(names, [f"{group}.lower", f"{group}.upper"])
    flaws = set(rng.permutation(names)[: rng.integers(1, 3)].tolist()) if rng.random() < 0.5 else set()
    call = {str(name): (flawed if name in flaws else sound)(rng, specs[name]) for name in names}
    if rng.random() < 0.05 and not flaws:
        call |= rows(rng)
    if rng.random() < 0.1:
        unknown = str(rng.choice(UNKNOWN))
        call[unknown] = 1.0
        flaws.add(unknown)
    return call, flaws


class Planner:
    """The node under test, and the pure model of its parameters."""

    def __init__(self, client: Any, live: LiveObjective) -> None:
        self.client = client
        self.live = live
        self.revisions = {live.objective.revision: live}
        self.rejected = self.accepted = self.waits = self.chunks = self.limited = 0
        self._services: dict[str, Any] = {}
        self._chunks = client.listen(interface.PLAN_CHUNK)
        self._states = client.listen(interface.PLAN_STATES)
        self._numbers = client.listen(interface.PLAN_TELEMETRY)
        self._requests = interface.publisher(client.node, interface.PLAN_REQUEST)
        self._tick = -8
        client.until(
            lambda: (
                self._requests.get_subscription_count()
                and all(
                    client.node.count_publishers(topic.name)
                    for topic in (interface.PLAN_CHUNK, interface.PLAN_STATES, interface.PLAN_TELEMETRY)
                )
            )
        )

    def call(self, service_type: Any, name: str, **fields: Any) -> Any:
        if name not in self._services:
            self._services[name] = self.client.node.create_client(service_type, f"planner/{name}")
            self.client.until(self._services[name].service_is_ready)
        future = self._services[name].call_async(service_type.Request(**fields))
        self.client.until(future.done)
        return future.result()

    def send(self, call: Mapping[str, Any], flaws: set[str], together: bool) -> None:
        parameters = [Parameter(name, value=value).to_parameter_msg() for name, value in call.items()]
        if together:
            response = self.call(SetParametersAtomically, "set_parameters_atomically", parameters=parameters)
            self._compare(call, flaws, response.result)
        else:
            response = self.call(SetParameters, "set_parameters", parameters=parameters)
            for (name, value), result in zip(call.items(), response.results, strict=True):
                self._compare({name: value}, flaws & {name}, result)

    def _compare(self, changes: Mapping[str, Any], flaws: set[str], result: Any) -> None:
        try:
            live, refusal = self.live.after(changes), ""
        except ObjectiveError as error:
            live, refusal = self.live, str(error)
        assert result.successful == (not refusal), (changes, refusal, result.reason)
        assert not (result.successful and flaws), (changes, flaws)
        assert all(f"{name}: expected" in result.reason for name in flaws), (flaws, result.reason)
        if result.successful:
            assert result.reason == "; ".join(live.waiting)
            self.live = self.revisions[live.objective.revision] = live
            self.accepted += 1
            self.waits += bool(live.waiting)
        else:
            assert "expected" in result.reason
            self.rejected += 1

    def restart_objective(self) -> None:
        """Back to the objective of the start, by its preset's service."""
        assert self.call(Trigger, "objective/default").success
        self.live = self.live.after(self.live.start)
        self.revisions[self.live.objective.revision] = self.live

    def compare_values(self) -> None:
        names = list(self.live.values)
        values = self.call(GetParameters, "get_parameters", names=names).values
        for name, value in zip(names, map(parameter_value_to_python, values), strict=True):
            held: Value = self.live.values[name]
            if isinstance(held, tuple):
                assert list(value) == list(held), name  # type: ignore[arg-type]
            else:
                assert (value, type(value)) == (held, type(held)), name

    def ask(self) -> None:
        """Have a plan made meanwhile."""
        self._tick += 8
        observation = np.zeros(STATE_DIM, np.float32)
        observation[GRAVITY] = 0.0, 0.0, -1.0
        observation[JOINT_POSITION] = observation[PREVIOUS_ACTION] = STAND_POSE
        self._requests.publish(
            messages.request_to_message(PlanRequest("aa", self._tick, observation), Time(sec=1, nanosec=0))
        )

    def check_plan(self) -> None:
        """Wait for the plan, and hold it to the limits of the revision it tells of itself."""
        self.client.until(lambda: self._chunks and self._states and self._numbers)
        (chunk,) = map(messages.chunk_from_message, self._chunks)
        (states,) = map(messages.prediction_from_message, self._states)
        (numbers,) = self._numbers
        told = dict(zip(numbers.name, numbers.position, strict=True))
        assert chunk.start_tick == states.start_tick == told["tick"] == self._tick
        self._check_limits(
            np.concatenate([states.states, chunk.targets], axis=1), self.revisions[int(told["revision"])].objective
        )
        for received in (self._chunks, self._states, self._numbers):
            received.clear()
        self.chunks += 1

    def _check_limits(self, tau: np.ndarray, objective: Objective) -> None:
        """Hold a plan (H, 57) to bounds and rows, which nothing overrules. What names the measured s_0 is exempt."""
        assert np.isfinite(tau).all()
        limits = [member.limits(len(tau)) for member in objective.constraints.members]
        planned = np.ones(tau.shape, bool)
        planned[0, STATE] = False
        for limit in limits:
            assert (tau >= limit.lower - TOLERANCE)[planned].all()
            assert (tau <= limit.upper + TOLERANCE)[planned].all()
            norm = np.linalg.norm(limit.a, axis=1)
            assert (tau @ limit.a.T - limit.b <= TOLERANCE * norm)[1:].all()
        self.limited += bool(limits)


@pytest.fixture
def under_test(start: Callable[..., Any], client: Any, bundle: Path) -> Iterator[Planner]:
    process = start(MODULE, "--ros-args", "-p", f"model:={bundle}")
    process.wait_for("ready")
    yield Planner(client, LiveObjective.of(ObjectiveSchema.of(LIMITS), {}))
    assert process.end(signal.SIGINT) == 0
    assert "Traceback" not in process.output


def test_no_set_of_parameters_is_torn_crashes_the_planner_or_breaks_a_limit(
    under_test: Planner, pytestconfig: pytest.Config
) -> None:
    specs = {spec.name: spec for spec in under_test.live.schema.specs}
    rng = np.random.default_rng(6)
    sets = pytestconfig.getoption("parameter_sets")
    for index in range(sets):
        if index % 3 == 0:
            under_test.ask()
        under_test.send(*drawn(rng, specs), together=bool(rng.random() < 0.7))
        if index % 3 == 2:
            under_test.check_plan()
        if index % CHECK_EVERY == 0:
            under_test.compare_values()
            under_test.restart_objective()
    under_test.compare_values()
    print(
        f"{sets} sets: {under_test.accepted} answers accepted ({under_test.waits} with a limit that waits), "
        f"{under_test.rejected} rejected with their reasons, {under_test.chunks} plans checked "
        f"({under_test.limited} with limits), "
        f"revision {under_test.live.objective.revision}"
    )
    assert min(under_test.accepted, under_test.rejected, under_test.waits, under_test.limited) > 10
