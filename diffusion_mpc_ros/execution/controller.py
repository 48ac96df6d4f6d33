"""The executor's 50 Hz heart as a pure object: no clock, no threads, no middleware."""

from collections.abc import Callable, Collection
from copy import deepcopy

import numpy as np

from diffusion_mpc_ros.execution.action_chunk import ActionChunk
from diffusion_mpc_ros.execution.chunk_buffer import Splice
from diffusion_mpc_ros.execution.control_output import ControlOutput, JointTarget, PlanRequest
from diffusion_mpc_ros.execution.controller_config import ControllerConfig
from diffusion_mpc_ros.execution.counters import Counters
from diffusion_mpc_ros.execution.motions import JointMotion, settle, sit_down, stand_up
from diffusion_mpc_ros.execution.velocity_command import VelocityCommand, effective_command
from diffusion_mpc_ros.execution.walk import Walk
from diffusion_mpc_ros.execution.walk_limits import WalkLimits
from diffusion_mpc_ros.planning.observation import build_observation
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.safety.conditions import SOUND, Conditions
from diffusion_mpc_ros.safety.envelope import JointEnvelope
from diffusion_mpc_ros.safety.faults import Action, Fault, Finding, arming_obstacle
from diffusion_mpc_ros.safety.joint_spec import JointSpec
from diffusion_mpc_ros.safety.measurement import Measurement
from diffusion_mpc_ros.safety.sentinel import Sentinel
from diffusion_mpc_ros.safety.supervisor import Event, Mode, Request, Transition, transition

_EVENT_OF = {Action.HOLD: Event.HOLD, Action.SETTLE: Event.SETTLE, Action.DAMP: Event.FAULT}
_ENDING_OF = {Mode.RISING: Event.RISEN, Mode.SITTING: Event.SEATED, Mode.SETTLING: Event.SEATED}


class Controller:
    """Turns measurements, operator requests and plans into joint targets, one control tick at a time.

    ``step`` is called once a control tick; ``request`` and ``receive`` between ticks. Nothing here is thread-safe:
    callers in several threads share a lock.
    """

    def __init__(self, spec: JointSpec, config: ControllerConfig, draw_epoch: Callable[[], str]) -> None:
        """Begin passive.

        Args:
            spec: the robot's limits, poses and gains.
            config: settings.
            draw_epoch: gives a word never given before; called whenever a walk begins.
        """
        self._spec = spec
        self._config = config
        self._draw_epoch = draw_epoch
        self._envelope = JointEnvelope(
            lower=spec.lower + config.limit_margin,
            upper=spec.upper - config.limit_margin,
            torque_limit=spec.torque_limit,
            max_step=config.max_step,
        )
        self._limits = WalkLimits.of(spec)
        self._sentinel = Sentinel(config, spec.velocity_limit, spec.lower, spec.upper)
        self._counters = Counters()
        self._mode = Mode.PASSIVE
        self._reason = "started"
        self._tick = -1
        self._now_s = 0.0
        self._findings = [Finding(Fault.STATE_LOST, "no robot state yet")]
        self._measured_q = spec.lie_pose
        self._last_target = spec.stand_pose
        self._measurement: Measurement | None = None
        self._target_before = self._last_target
        # What is tracked while no plan drives. It rests at its last pose once it has ended.
        self._motion = settle(spec.stand_pose, spec, config)
        self._motion_start = 0
        self._walk: Walk | None = None
        self._walk_start, self._walk_start_s = 0, 0.0
        self._past_epoch = ""

    @property
    def mode(self) -> Mode:
        """The mode in force."""
        return self._mode

    @property
    def reason(self) -> str:
        """Why the mode is what it is: one line for the operator, of the last change."""
        return self._reason

    @property
    def findings(self) -> list[Finding]:
        """What was wrong at the newest tick."""
        return list(self._findings)

    @property
    def counters(self) -> Counters:
        """A copy of the counts so far."""
        return deepcopy(self._counters)

    @property
    def limits(self) -> WalkLimits:
        """The operator's limits in force."""
        return self._limits

    def limit(self, limits: WalkLimits) -> None:
        """Hold walks to other limits from the next tick on; the envelope holds whatever they are."""
        self._limits = limits

    def request(self, request: Request) -> Transition:
        """An operator's request; a refusal carries its reason and changes nothing."""
        if request is Request.STAND and not self._mode.holds_pose:
            obstacle = arming_obstacle(self._findings)
            if obstacle is not None:
                return Transition(self._mode, False, f"stand refused while {self._mode.value}: {obstacle.text}")
        answer = transition(self._mode, request)
        if answer.accepted:
            self._enter(answer.mode, answer.reason, first_tick=self._tick + 1)
        return answer

    def rearmed(self, mended: Collection[Fault]) -> None:
        """These faults of the newest tick are over: the robot may be asked to stand before the next."""
        self._findings = [finding for finding in self._findings if finding.fault not in mended]

    def receive(self, chunk: ActionChunk) -> Splice:
        """Take in a chunk from the planner."""
        if self._walk is None:
            splice = Splice.WRONG_EPOCH
        elif self._sentinel.plans.is_wild(chunk.targets):
            splice = Splice.WILD
        else:
            # Without a margin, the tick that is being executed may still be revised.
            splice = self._walk.receive(chunk, self._walk_tick() + (1 if self._config.margin > 0 else 0))
        self._counters.chunks[splice] += 1
        if splice.is_accepted:
            self._sentinel.plans.accepted()
        elif splice in (Splice.FUTURE, Splice.WILD) or (
            splice is Splice.WRONG_EPOCH and chunk.epoch != self._past_epoch
        ):
            self._sentinel.plans.rejected()
        return splice

    def revise(self) -> JointTarget | None:
        """The target of the newest tick anew, if the plan that drives it came after the tick began; else None."""
        if self._walk is None or self._measurement is None or self._config.margin > 0:
            return None
        self._last_target = self._target_before
        return self._joint_target(self._measurement)

    def count_malformed_chunk(self) -> None:
        """Count a message of the planner that could not be made a chunk."""
        self._counters.chunks_malformed += 1
        self._sentinel.plans.rejected()

    def step(
        self,
        tick: int,
        now_s: float,
        measurement: Measurement,
        command: VelocityCommand | None,
        conditions: Conditions = SOUND,
    ) -> ControlOutput:
        """One control tick.

        Args:
            tick: number of the control tick since the executor started; ticks that the loop missed are skipped, for
                they have elapsed.
            now_s: monotonic time, s, by the clock of ``command.received_s``.
            measurement: the newest robot state.
            command: the newest velocity command, None before the first.
            conditions: of battery, motors, and the way of the commands to them.

        Raises:
            ValueError: if ``tick`` is not greater than that of the step before.
        """
        if tick <= self._tick:
            raise ValueError(f"tick: expected more than {self._tick}, got {tick}")
        missed_ticks = tick - self._tick - 1
        self._tick, self._now_s = tick, now_s
        self._measured_q = measurement.q
        self._findings = self._sentinel.check(measurement, conditions, now_s, missed_ticks)
        self._findings += self._check_walk(command)
        self._act_on_faults(measurement)
        self._finish_motion()
        velocity = effective_command(command, now_s, self._config.command_timeout_s, self._limits.command_limit)
        # The observation carries the target of the tick before: it is taken before the new one is set.
        plan_request = self._plan_request(measurement, velocity)
        self._measurement, self._target_before = measurement, self._last_target
        target = self._joint_target(measurement)
        plan = None if self._walk is None else self._walk.executed_plan(self._walk_tick())
        late_chunks = self._counters.chunks_late + self._counters.chunks_expired
        return ControlOutput(
            *(self._mode, self._reason, target, plan_request, velocity, plan),
            *(tuple(self._findings), late_chunks),
        )

    def _check_walk(self, command: VelocityCommand | None) -> list[Finding]:
        """What is wrong with the walk: its operator or its planner is silent."""
        if self._walk is None:
            return []
        tick, findings = self._walk_tick(), self._sentinel.plans.check()
        if self._walk.is_starved(tick):
            missing = self._walk.ticks_without_plan(tick)
            text = f"no plan for {missing} ticks: is the planner running? Check it, then ask to walk again"
            findings.append(Finding(Fault.NO_PLAN, text))
        elif (overdue := self._walk.ticks_overdue(tick)) is not None:
            text = f"a plan is {overdue} ticks overdue: is the planner fast enough?"
            findings.append(Finding(Fault.PLAN_OVERDUE, text))
        # An operator who never spoke is not missed: the robot steps on the spot, as asked.
        silent_s = 0.0 if command is None else self._now_s - max(command.received_s, self._walk_start_s)
        if silent_s > self._config.command_hold_s and command is not None and command.received_s > self._walk_start_s:
            text = f"no velocity command for {silent_s:.1f} s: send commands, then ask to walk again"
            findings.append(Finding(Fault.COMMAND_SILENT, text))
        return findings

    def _act_on_faults(self, measurement: Measurement) -> None:
        """The most severe fault of this tick changes the mode, if the mode heeds it."""
        verdict = self._sentinel.verdict(self._findings, measurement)
        if verdict is None or verdict.action is Action.WARN:
            return
        answer = transition(self._mode, _EVENT_OF[verdict.action])
        if answer.accepted:
            self._enter(answer.mode, verdict.text, first_tick=self._tick)
            if verdict.action is Action.HOLD:
                self._sentinel.held(self._now_s)

    def _finish_motion(self) -> None:
        ending = _ENDING_OF.get(self._mode)
        if ending is not None and self._motion_time() >= self._motion.duration:
            answer = transition(self._mode, ending)
            self._enter(answer.mode, answer.reason, first_tick=self._tick)

    def _enter(self, mode: Mode, reason: str, first_tick: int) -> None:
        """Change the mode and begin, at ``first_tick``, the motion or the walk that belongs to it."""
        left, self._mode, self._reason = self._mode, mode, reason
        if self._walk is not None:
            self._past_epoch = self._walk.epoch
        self._walk = None
        self._sentinel.moved_on()
        if mode is Mode.RISING:
            self._last_target = np.array(self._measured_q, dtype=np.float64)
            self._begin(stand_up(self._last_target, self._spec, self._config), first_tick)
        elif mode is Mode.STANDING and left is Mode.WALKING:
            self._begin(settle(self._last_target, self._spec, self._config), first_tick)
        elif mode in (Mode.SITTING, Mode.SETTLING):
            # A robot on its way up is not taken further up first.
            via_stand = left is not Mode.RISING
            self._begin(sit_down(self._last_target, self._spec, self._config, via_stand), first_tick)
        elif mode is Mode.WALKING:
            self._walk_start, self._walk_start_s = first_tick, self._now_s
            self._walk = Walk(self._draw_epoch(), self._config)
            self._sentinel.walk_begins()

    def _begin(self, motion: JointMotion, first_tick: int) -> None:
        self._motion, self._motion_start = motion, first_tick

    def _walk_tick(self) -> int:
        return self._tick - self._walk_start

    def _motion_time(self) -> float:
        return (self._tick - self._motion_start) * DT

    def _plan_request(self, measurement: Measurement, velocity: np.ndarray) -> PlanRequest | None:
        if self._walk is None or any(finding.fault is Fault.STATE_LATE for finding in self._findings):
            return None
        if not self._walk.poll_request(self._walk_tick()):
            return None
        self._counters.plans_requested += 1
        observation = build_observation(
            measurement.angular_velocity,
            measurement.gravity,
            velocity,
            measurement.q,
            measurement.dq,
            self._last_target,
        )
        tick = self._walk_tick()
        return PlanRequest(self._walk.epoch, tick, observation, self._walk.committed(tick))

    def _joint_target(self, measurement: Measurement) -> JointTarget:
        if self._mode is Mode.PASSIVE:
            return JointTarget(self._last_target, kp=0.0, kd=0.0)
        if self._mode is Mode.DAMPING:
            return JointTarget(self._last_target, kp=0.0, kd=self._config.damping_kd)
        kp, kd = self._spec.kp * self._motion.gain(self._motion_time()), self._spec.kd
        clamped = self._envelope.clamp(self._wanted_target(), self._last_target, measurement.q, measurement.dq, kp, kd)
        self._counters.targets_clipped += clamped.clipped
        self._last_target = clamped.target
        return JointTarget(clamped.target, kp, kd)

    def _wanted_target(self) -> np.ndarray:
        if self._walk is not None:
            planned = self._walk.take_target(self._walk_tick())
            if planned is not None:
                self._sentinel.plans.planned(planned)
                return self._limits.clip(planned)
            if self._walk.has_begun:
                self._counters.ticks_bridged += 1
                return self._limits.clip(self._last_target)
        return self._motion.pose(self._motion_time())
