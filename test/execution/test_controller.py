"""The control loop under fake time, with a robot that tracks its targets and a planner of any latency."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.execution.action_chunk import ActionChunk
from diffusion_mpc_ros.execution.chunk_buffer import Splice
from diffusion_mpc_ros.execution.control_output import ControlOutput, PlanRequest
from diffusion_mpc_ros.execution.controller import Controller
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.execution.velocity_command import VelocityCommand
from diffusion_mpc_ros.execution.walk_limits import WalkLimits
from diffusion_mpc_ros.planning import trajectory
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.safety.conditions import Conditions
from diffusion_mpc_ros.safety.faults import Fault
from diffusion_mpc_ros.safety.joint_spec import JointSpec
from diffusion_mpc_ros.safety.measurement import Measurement
from diffusion_mpc_ros.safety.supervisor import Mode, Request

CONFIG = ControllerConfig(margin=3, replan_period=0)
"""The paper's time-line (section IV-D)."""
HORIZON = 11
SCALE = 1e-3


class Bench:
    """A controller with a robot that is where it was told to be and a planner that answers after ``latency`` ticks.

    The planner's targets tell their plan and row: joint 0 is off the stand pose by the start tick, joint 1 by the row
    (both times 1e-3 rad). ``latency`` maps a request's tick to the ticks until its chunk arrives, None for never.
    """

    def __init__(
        self,
        go2: JointSpec,
        latency: Callable[[int], int | None] = lambda tick: 2,
        config: ControllerConfig = CONFIG,
    ) -> None:
        words = itertools.count()
        self.go2 = go2
        self.controller = Controller(go2, config, lambda: f"epoch{next(words)}")
        self.latency = latency
        self.q = go2.lie_pose + 0.05
        self.state: dict[str, Any] = {}
        self.command: VelocityCommand | None = None
        self.tick = 0
        self.mail: list[tuple[int, ActionChunk]] = []
        self.outputs: list[ControlOutput] = []
        self.requests: list[PlanRequest] = []

    @property
    def now_s(self) -> float:
        return 100.0 + self.tick * DT

    def measurement(self) -> Measurement:
        level = Measurement(
            q=self.q,
            dq=np.zeros(12),
            gravity=np.array([0.0, 0.0, -1.0]),
            angular_velocity=np.zeros(3),
            age_s=0.002,
        )
        return replace(level, **self.state)

    def run(self, ticks: int) -> ControlOutput:
        for _ in range(ticks):
            for arrival, chunk in list(self.mail):
                if arrival <= self.tick:
                    self.mail.remove((arrival, chunk))
                    self.controller.receive(chunk)
            output = self.controller.step(self.tick, self.now_s, self.measurement(), self.command)
            if output.plan_request is not None:
                self.answer(output.plan_request)
            if output.target.kp > 0.0:
                self.q = output.target.q
            self.outputs.append(output)
            self.tick += 1
        return self.outputs[-1]

    def answer(self, request: PlanRequest) -> None:
        self.requests.append(request)
        latency = self.latency(request.tick)
        if latency is not None:
            targets = np.tile(self.go2.stand_pose, (HORIZON, 1))
            targets[:, 0] += SCALE * request.tick
            targets[:, 1] += SCALE * np.arange(HORIZON)
            self.mail.append((self.tick + latency, ActionChunk(request.epoch, request.tick, targets)))

    def stand(self) -> "Bench":
        self.run(1)
        assert self.controller.request(Request.STAND).accepted
        assert self.run(round((CONFIG.fold_s + CONFIG.rise_s) / DT) + 1).mode is Mode.STANDING
        return self

    def walk(self) -> "Bench":
        """Stand up and ask to walk: the next output is that of tick 0 of the walk, ``outputs[0]``."""
        self.stand()
        assert self.controller.request(Request.WALK).accepted
        self.outputs.clear()
        return self

    def driver(self, output: ControlOutput) -> tuple[int, int]:
        """Start tick and row of the plan that an output's target came from; (0, 0) is the stand pose as well."""
        start, row = (output.target.q - self.go2.stand_pose)[:2] / SCALE
        return round(start), round(row)


def test_the_time_line_of_a_walk(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.run(200)
    assert [request.tick for request in bench.requests] == list(range(0, 200, 8))
    assert {request.epoch for request in bench.requests} == {"epoch0"}
    for tick in range(3):
        np.testing.assert_array_equal(bench.outputs[tick].target.q, go2.stand_pose)
    for tick in range(3, 200):
        start = (tick - 3) // 8 * 8
        assert bench.driver(bench.outputs[tick]) == (start, tick - start)
    counters = bench.controller.counters
    assert counters.plans_requested == 25
    assert counters.chunks[Splice.ACCEPTED] == 25
    assert (counters.chunks_late, counters.chunks_expired, counters.chunks_rejected) == (0, 0, 0)
    assert (counters.ticks_bridged, counters.targets_clipped) == (0, 0)


def test_the_deployed_time_line(go2: JointSpec) -> None:
    bench = Bench(go2, latency=lambda tick: 1, config=ControllerConfig()).walk()
    bench.run(100)
    assert [request.tick for request in bench.requests] == list(range(100))
    for tick in range(1, 100):
        assert bench.driver(bench.outputs[tick]) == (tick - 1, 1)
    assert bench.controller.counters.chunks_late == 0


@pytest.mark.parametrize("first", [1, 40])
def test_the_deployed_time_line_outlives_lost_chunks(go2: JointSpec, first: int) -> None:
    lost = range(first, first + 9)
    bench = Bench(go2, latency=lambda tick: None if tick in lost else 1, config=ControllerConfig()).walk()
    bench.run(100)
    for row, tick in enumerate(lost, start=2):  # the spare rows of the plan before
        assert bench.driver(bench.outputs[tick + 1]) == (first - 1, row)
    assert bench.driver(bench.outputs[lost.stop + 1]) == (lost.stop, 1)
    assert bench.controller.counters.ticks_bridged == 0


def test_the_observation_carries_the_target_of_the_tick_before(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.command = VelocityCommand(0.8, 0.0, 2.0, received_s=bench.now_s)
    bench.run(9)
    first, second = (request.observation for request in bench.requests)
    np.testing.assert_allclose(first[trajectory.PREVIOUS_ACTION], go2.stand_pose, rtol=1e-6)
    np.testing.assert_allclose(second[trajectory.PREVIOUS_ACTION], bench.outputs[7].target.q, rtol=1e-6)
    np.testing.assert_allclose(second[trajectory.COMMAND], [0.8, 0.0, 1.0], rtol=1e-6)
    np.testing.assert_allclose(second[trajectory.GRAVITY], [0.0, 0.0, -1.0])


def test_a_silent_operator_means_zero_velocity(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.command = VelocityCommand(0.8, 0.0, 0.0, received_s=bench.now_s)
    bench.run(40)
    commands = [request.observation[trajectory.COMMAND][0] for request in bench.requests]
    np.testing.assert_allclose(commands, [0.8, 0.8, 0.8, 0.8, 0.0], rtol=1e-6)


def test_a_refused_command_leaves_the_last_one_in_force(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.command = VelocityCommand(0.5, 0.0, 0.0, received_s=bench.now_s)
    with pytest.raises(ValueError, match="v_x: expected a finite value, got nan"):
        bench.command = VelocityCommand(float("nan"), 0.0, 0.0, received_s=bench.now_s)
    np.testing.assert_array_equal(bench.run(1).command, [0.5, 0.0, 0.0])


def modes(outputs: list[ControlOutput]) -> list[Mode]:
    return [mode for mode, _ in itertools.groupby(output.mode for output in outputs)]


def ask(bench: Bench, request: Request, ticks: int) -> None:
    answer = bench.controller.request(request)
    assert answer.accepted, answer.reason
    bench.run(ticks)


def test_a_day_of_the_robot(go2: JointSpec) -> None:
    bench = Bench(go2)
    bench.run(5)
    for request, ticks in [
        (Request.STAND, 150),
        (Request.WALK, 50),
        (Request.STAND, 10),
        (Request.WALK, 50),
        (Request.SIT, 200),
        (Request.STAND, 150),
        (Request.DAMP, 10),
        (Request.STAND, 60),
        (Request.SIT, 150),
    ]:
        ask(bench, request, ticks)
    assert modes(bench.outputs) == [
        Mode.PASSIVE,
        Mode.RISING,
        Mode.STANDING,
        Mode.WALKING,
        Mode.STANDING,
        Mode.WALKING,
        Mode.SITTING,
        Mode.PASSIVE,
        Mode.RISING,
        Mode.STANDING,
        Mode.DAMPING,
        Mode.RISING,
        Mode.SITTING,
        Mode.PASSIVE,
    ]
    assert len({request.epoch for request in bench.requests}) == 2


def test_targets_never_jump(go2: JointSpec) -> None:
    bench = Bench(go2)
    bench.run(1)
    for request, ticks in [(Request.STAND, 150), (Request.WALK, 45), (Request.STAND, 10), (Request.SIT, 200)]:
        ask(bench, request, ticks)
    held = [output for output in bench.outputs if output.mode.holds_pose]
    steps = np.abs(np.diff([output.target.q for output in held], axis=0))
    # The quickest planned motion: minimum jerk from the lie to the stand pose, 1.875 times its mean speed.
    quickest = 1.875 * np.abs(go2.stand_pose - go2.lie_pose).max() / CONFIG.rise_s * DT
    assert steps.max() <= quickest + 1e-9


def test_gains_of_every_mode(go2: JointSpec) -> None:
    bench = Bench(go2)
    passive = bench.run(1).target
    assert (passive.kp, passive.kd) == (0.0, 0.0)
    bench.controller.request(Request.STAND)
    rising = bench.run(1).target
    assert (rising.kp, rising.kd) == (0.0, go2.kd)
    np.testing.assert_allclose(rising.q, go2.lie_pose + 0.05)
    standing = bench.run(130).target
    assert (standing.kp, standing.kd) == (go2.kp, go2.kd)
    np.testing.assert_array_equal(standing.q, go2.stand_pose)
    bench.controller.request(Request.DAMP)
    damping = bench.run(1).target
    assert (damping.kp, damping.kd) == (0.0, CONFIG.damping_kd)


def test_nothing_is_held_before_the_first_state(go2: JointSpec) -> None:
    answer = Bench(go2).controller.request(Request.STAND)
    assert not answer.accepted
    assert answer.reason == "stand refused while passive: no robot state yet"


def test_waits_standing_for_the_first_plan(go2: JointSpec) -> None:
    bench = Bench(go2, latency=lambda tick: 2 if tick >= 30 else None).walk()
    bench.run(60)
    assert modes(bench.outputs) == [Mode.WALKING]
    assert all(bench.driver(output) == (0, 0) for output in bench.outputs[:33])
    assert bench.driver(bench.outputs[33]) == (30, 3)
    assert bench.controller.counters.ticks_bridged == 0


def test_a_planner_that_is_not_there(go2: JointSpec) -> None:
    bench = Bench(go2, latency=lambda tick: None).walk()
    output = bench.run(CONFIG.first_plan_ticks + 1)
    assert output.mode is Mode.STANDING
    assert output.reason.startswith("no plan for 51 ticks: is the planner running?")
    assert [request.tick for request in bench.requests] == list(range(0, 50, 3))


def test_a_planner_that_dies(go2: JointSpec) -> None:
    bench = Bench(go2, latency=lambda tick: 2 if tick < 24 else None).walk()
    bench.run(30 + 60)
    # The plan of tick 16 lasts to tick 26; three more ticks are bridged with its last target.
    assert modes(bench.outputs[:30]) == [Mode.WALKING]
    assert [bench.driver(output) for output in bench.outputs[26:30]] == [(16, 10)] * 4
    assert bench.controller.counters.ticks_bridged == 3
    assert modes(bench.outputs[30:]) == [Mode.STANDING]
    assert bench.outputs[30].reason.startswith("no plan for 4 ticks: is the planner running?")
    assert bench.driver(bench.outputs[30]) == (16, 10)
    np.testing.assert_array_equal(bench.outputs[-1].target.q, go2.stand_pose)
    assert all(output.plan_request is None for output in bench.outputs[30:])


def test_walks_again_after_the_planner_is_back(go2: JointSpec) -> None:
    bench = Bench(go2, latency=lambda tick: None).walk()
    bench.run(60)
    bench.latency = lambda tick: 2
    ask(bench, Request.WALK, 20)
    assert bench.controller.mode is Mode.WALKING
    assert bench.requests[-1].epoch == "epoch1"
    assert bench.driver(bench.outputs[-1]) == (16, 3)


def test_a_late_chunk_rescues_the_walk(go2: JointSpec) -> None:
    bench = Bench(go2, latency=lambda tick: 5 if tick == 8 else 2).walk()
    bench.run(40)
    assert modes(bench.outputs) == [Mode.WALKING]
    drivers = [bench.driver(output) for output in bench.outputs[10:15]]
    assert drivers == [(0, 10), (0, 10), (0, 10), (8, 5), (11, 3)]
    assert bench.controller.counters.ticks_bridged == 2
    assert bench.controller.counters.chunks_late == 1


def test_every_output_tells_the_plan_that_drives_it(go2: JointSpec) -> None:
    bench = Bench(go2, latency=lambda tick: 5 if tick == 8 else 2).walk()
    bench.run(40)
    for tick, output in enumerate(bench.outputs):
        assert (output.plan is None) == (tick in (0, 1, 2, 11, 12))  # none yet, and none as the late one is waited for
        if output.plan is not None:
            assert (output.plan.epoch, output.plan.tick) == ("epoch0", tick)
            assert (output.plan.start_tick, tick - output.plan.start_tick) == bench.driver(output)
            assert output.plan.margin_left == (-2 if output.plan.start_tick == 8 else 1)
    assert [bench.outputs[tick].late_chunks for tick in (12, 13, 39)] == [0, 1, 1]
    ask(bench, Request.STAND, 1)
    assert bench.outputs[-1].plan is None


@pytest.mark.parametrize("lost", [8, 16, 40])
def test_a_lost_chunk_is_requested_again_in_time(go2: JointSpec, lost: int) -> None:
    bench = Bench(go2, latency=lambda tick: None if tick == lost else 2).walk()
    bench.run(100)
    assert modes(bench.outputs) == [Mode.WALKING]
    assert lost + 3 in [request.tick for request in bench.requests]
    assert bench.controller.counters.ticks_bridged == 3


def test_chunks_of_an_earlier_walk_are_refused(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.run(1)
    bench.controller.request(Request.STAND)
    bench.controller.request(Request.WALK)
    assert bench.run(2).mode is Mode.WALKING
    assert bench.controller.counters.chunks[Splice.WRONG_EPOCH] == 1
    bench.controller.count_malformed_chunk()
    assert bench.controller.counters.chunks_rejected == 2


def test_missed_ticks_are_skipped_not_caught_up(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.run(5)
    bench.tick += 2
    bench.run(1)
    assert bench.driver(bench.outputs[-1]) == (0, 7)


@pytest.mark.parametrize("tick", [0, -1])
def test_time_does_not_run_backwards(go2: JointSpec, tick: int) -> None:
    bench = Bench(go2)
    bench.run(1)
    with pytest.raises(ValueError, match=f"tick: expected more than 0, got {tick}"):
        bench.controller.step(tick, bench.now_s, bench.measurement(), None)


FALLEN = {"gravity": np.array([0.0, 1.0, 0.0])}
LOST = {"age_s": 0.07}
CORRUPT = {"dq": np.full(12, np.nan)}


@pytest.mark.parametrize("state", [FALLEN, LOST, CORRUPT])
@pytest.mark.parametrize("request_", [None, Request.WALK, Request.SIT])
def test_what_must_not_be_survived_damps_at_once(
    go2: JointSpec, state: dict[str, Any], request_: Request | None
) -> None:
    bench = Bench(go2).stand()
    if request_ is not None:
        ask(bench, request_, 20)
    bench.state = state
    output = bench.run(1)
    assert output.mode is Mode.DAMPING
    assert (output.target.kp, output.target.kd) == (0.0, CONFIG.damping_kd)
    assert np.isfinite(output.target.q).all()
    assert output.plan_request is None


@pytest.mark.parametrize("state", [FALLEN, LOST, CORRUPT])
def test_damping_is_latched_until_the_robot_is_sound_and_asked_to_stand(go2: JointSpec, state: dict[str, Any]) -> None:
    bench = Bench(go2).stand()
    bench.state = state
    bench.run(1)
    assert not bench.controller.request(Request.STAND).accepted
    bench.state = {}
    assert bench.run(100).mode is Mode.DAMPING
    assert bench.controller.request(Request.STAND).accepted
    assert bench.run(1).mode is Mode.RISING


@pytest.mark.parametrize("state", [FALLEN, LOST, CORRUPT])
def test_a_passive_robot_may_be_carried_about(go2: JointSpec, state: dict[str, Any]) -> None:
    bench = Bench(go2)
    bench.state = state
    assert bench.run(20).mode is Mode.PASSIVE
    assert not bench.controller.request(Request.STAND).accepted


def test_a_tilt_must_last(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.run(20)
    angle = np.deg2rad(65.0)
    bench.state = {"gravity": np.array([np.sin(angle), 0.0, -np.cos(angle)])}
    assert bench.run(4).mode is Mode.WALKING
    output = bench.run(1)
    assert output.mode is Mode.DAMPING
    assert output.reason.startswith("tilt of 65 degrees for 5 ticks")


def test_a_wild_plan_is_clipped_and_counted(go2: JointSpec) -> None:
    bench = Bench(go2, latency=lambda tick: None).walk()
    bench.run(1)
    bench.controller.receive(ActionChunk("epoch0", 0, np.tile(go2.upper + 0.2, (HORIZON, 1))))
    bench.run(10)
    for output in bench.outputs:
        assert (output.target.q <= go2.upper - CONFIG.limit_margin).all()
    assert bench.controller.counters.targets_clipped == 8 * 12


def test_a_plan_far_out_of_range_is_refused_and_three_end_the_walk(go2: JointSpec) -> None:
    bench = Bench(go2, latency=lambda tick: None).walk()
    bench.run(1)
    for _ in range(3):
        assert bench.controller.receive(ActionChunk("epoch0", 0, np.full((HORIZON, 12), 9.0))) is Splice.WILD
    output = bench.run(1)
    assert output.mode is Mode.STANDING
    assert "3 chunks in a row were refused" in output.reason


def test_three_malformed_chunks_end_the_walk_and_a_good_one_forgives(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.run(2)
    for _ in range(2):
        bench.controller.count_malformed_chunk()
    bench.run(10)  # a good one comes in between
    bench.controller.count_malformed_chunk()
    assert bench.run(1).mode is Mode.WALKING
    for _ in range(3):
        bench.controller.count_malformed_chunk()
    assert bench.run(1).mode is Mode.STANDING


def test_targets_out_of_range_for_long_end_the_walk(go2: JointSpec) -> None:
    bench = Bench(go2, latency=lambda tick: None).walk()
    bench.run(1)
    for start in range(0, 16, 8):
        bench.controller.receive(ActionChunk("epoch0", start, np.tile(go2.upper + 0.2, (HORIZON, 1))))
        bench.run(8)
    assert bench.run(1).mode is Mode.STANDING
    assert "beyond the joints' range" in bench.outputs[-1].reason


def test_an_overdue_plan_is_told_at_its_due_tick(go2: JointSpec) -> None:
    bench = Bench(go2, latency=lambda tick: 2 if tick < 24 else None).walk()
    bench.run(40)
    told = [
        tick
        for tick, output in enumerate(bench.outputs)
        if any(finding.fault is Fault.PLAN_OVERDUE for finding in output.findings)
    ]
    # The plan of tick 24 would have taken over at 27.
    assert told[0] == 27
    assert "0 ticks overdue" in bench.outputs[27].findings[0].text


def test_an_operator_who_falls_silent_is_missed_after_two_seconds(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.run(10)
    bench.command = VelocityCommand(0.5, 0.0, 0.0, received_s=bench.now_s)
    assert bench.run(101).mode is Mode.WALKING
    assert bench.run(1).mode is Mode.STANDING
    assert bench.outputs[-1].reason.startswith("no velocity command for 2.0 s")
    ask(bench, Request.WALK, 200)
    assert bench.controller.mode is Mode.WALKING  # commands of before the walk are not missed


def test_a_late_state_is_not_planned_from(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.state = {"age_s": 0.045}
    bench.run(20)
    assert bench.requests == []
    bench.state = {}
    bench.run(1)
    assert len(bench.requests) == 1


def test_too_many_missed_ticks_hold(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.run(5)
    bench.tick += 4
    assert bench.run(1).mode is Mode.STANDING
    assert bench.outputs[-1].reason.startswith("4 control ticks missed in a row")


def test_a_robot_held_by_a_fault_lies_down_when_nobody_comes(go2: JointSpec) -> None:
    bench = Bench(go2, latency=lambda tick: None).walk()
    bench.run(CONFIG.first_plan_ticks + 1)
    assert bench.run(round(CONFIG.unattended_s / DT)).mode is Mode.STANDING
    assert bench.run(2).mode is Mode.SETTLING
    assert bench.run(200).mode is Mode.DAMPING
    assert bench.controller.request(Request.STAND).accepted


def conditions(bench: Bench, ticks: int, **values: Any) -> ControlOutput:
    for _ in range(ticks):
        output = bench.controller.step(
            bench.tick, bench.now_s, bench.measurement(), bench.command, Conditions(**values)
        )
        bench.q = output.target.q if output.target.kp > 0.0 else bench.q
        bench.tick += 1
    return output


@pytest.mark.parametrize("fault", [{"guardian_age_s": 1.0}, {"write_failures": 3}])
def test_lies_down_then_damps_and_is_not_armed_again_meanwhile(go2: JointSpec, fault: dict[str, Any]) -> None:
    bench = Bench(go2).stand()
    assert conditions(bench, 1, **fault).mode is Mode.SETTLING
    assert conditions(bench, 200, **fault).mode is Mode.DAMPING
    answer = bench.controller.request(Request.STAND)
    assert not answer.accepted
    bench.controller.rearmed(list(Fault))
    assert bench.controller.request(Request.STAND).accepted


def test_a_tilted_robot_is_damped_where_it_should_lie_down(go2: JointSpec) -> None:
    bench = Bench(go2).stand()
    angle = np.deg2rad(65.0)
    bench.state = {"gravity": np.array([np.sin(angle), 0.0, -np.cos(angle)])}
    output = conditions(bench, 1, guardian_age_s=1.0)
    assert output.mode is Mode.DAMPING
    assert "no pose can be held" in output.reason


@given(data=st.data())
def test_whatever_happens_the_output_is_sane(go2: JointSpec, data: st.DataObject) -> None:
    """Any requests, latencies and states: outputs stay finite and in limits, and torque follows the mode."""
    latency = st.one_of(st.none(), st.integers(0, 14))
    bench = Bench(go2, latency=lambda tick: data.draw(latency))
    if data.draw(st.booleans()):
        bench.walk()
    sound: dict[str, Any] = {}
    states = st.sampled_from([sound, sound, sound, sound, FALLEN, LOST, CORRUPT])
    for _ in range(data.draw(st.integers(1, 12))):
        request = data.draw(st.one_of(st.none(), st.sampled_from(Request)))
        if request is not None:
            bench.controller.request(request)
        bench.state = data.draw(states)
        output = bench.run(data.draw(st.integers(1, 15)))
        assert np.isfinite(output.target.q).all()
        assert (output.target.q >= go2.lower).all()
        assert (output.target.q <= go2.upper).all()
        assert output.mode.holds_pose or output.target.kp == 0.0
        assert output.plan_request is None or output.mode is Mode.WALKING
        assert output.mode is not Mode.PASSIVE or output.target.kd == 0.0


def test_without_margin_a_plan_takes_over_within_its_tick(go2: JointSpec) -> None:
    """The planner answers between the tick of its request and the next; the target of that tick is revised."""
    bench = Bench(go2, config=replace(CONFIG, margin=0, replan_period=1)).walk()
    for tick in range(20):
        output = bench.run(1)
        assert output.plan_request is not None
        assert output.plan_request.committed.shape == (0, 12)
        (mail,) = bench.mail
        bench.mail.clear()
        assert bench.controller.receive(mail[1]) is Splice.ACCEPTED
        revised = bench.controller.revise()
        assert revised is not None
        np.testing.assert_allclose(revised.q[:2], go2.stand_pose[:2] + np.array([SCALE * tick, 0.0]))
        bench.q = revised.q
    observed = bench.requests[-1].observation[trajectory.PREVIOUS_ACTION]
    np.testing.assert_allclose(observed[0], go2.stand_pose[0] + SCALE * 18, rtol=1e-6)


def test_a_revision_starts_from_the_target_of_the_tick_before(go2: JointSpec) -> None:
    """However often a tick is revised, its target is within one step of the one before."""
    bench = Bench(go2, latency=lambda tick: None, config=replace(CONFIG, margin=0, replan_period=1)).walk()
    before = bench.run(1).target.q.copy()
    for tick in range(1, 4):
        epoch = bench.run(1).plan_request.epoch  # type: ignore[union-attr]
        far = np.tile(go2.stand_pose + 2.0, (HORIZON, 1))
        bench.controller.receive(ActionChunk(epoch, tick, far))
        revised = [bench.controller.revise() for _ in range(3)]
        for target in revised:
            assert target is not None
            assert np.abs(target.q - before).max() <= CONFIG.max_step + 1e-9
            last = target.q
        before = last


def test_with_a_margin_nothing_is_revised(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.run(12)
    assert bench.controller.revise() is None


def test_requests_carry_what_is_executed_meanwhile(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.run(30)
    first, second = bench.requests[:2]
    assert first.committed.shape == (0, 12)
    expected = [output.target.q for output in bench.outputs[second.tick : second.tick + CONFIG.margin]]
    np.testing.assert_allclose(second.committed, expected)


@given(st.lists(st.floats(0.05, 1.0), min_size=12, max_size=12), st.integers(0, 30))
def test_limits_that_are_tightened_hold_a_walk_from_the_next_tick_on(
    go2: JointSpec, widths: list[float], after: int
) -> None:
    """At once where a step reaches, and in any case by steps that the envelope admits."""
    bench = Bench(go2).walk()
    bench.run(10 + after)
    lower = np.maximum(go2.stand_pose + 0.01, go2.lower + CONFIG.limit_margin)
    upper = np.minimum(lower + widths, go2.upper - CONFIG.limit_margin)
    bench.controller.limit(WalkLimits(tuple(lower.tolist()), tuple(upper.tolist())))
    before = bench.outputs[-1].target.q
    for output in [bench.run(1) for _ in range(10)]:
        assert np.abs(output.target.q - before).max() <= CONFIG.max_step + 1e-9
        assert (output.target.q >= lower - 1e-9).all()
        assert (output.target.q <= upper + 1e-9).all()
        before = output.target.q
    assert bench.controller.mode is Mode.WALKING


def test_limits_of_a_walk_leave_the_way_up_alone(go2: JointSpec) -> None:
    bench = Bench(go2)
    low = go2.stand_pose - 0.2
    bench.controller.limit(WalkLimits(tuple(go2.lower.tolist()), tuple(low.tolist())))
    bench.stand()
    np.testing.assert_allclose(bench.outputs[-1].target.q, go2.stand_pose)


def test_a_command_is_held_to_the_limit_in_force(go2: JointSpec) -> None:
    bench = Bench(go2).walk()
    bench.command = VelocityCommand(1.0, 0.5, 1.0, bench.now_s)
    np.testing.assert_allclose(bench.run(1).command, [1.0, 0.5, 1.0])
    bench.controller.limit(replace(WalkLimits.of(go2), command_limit=(0.3, 0.0, 0.5)))
    np.testing.assert_allclose(bench.run(1).command, [0.3, 0.0, 0.5])
