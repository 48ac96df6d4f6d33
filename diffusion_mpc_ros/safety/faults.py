"""Faults and what each one demands: the one table from which trigger, action and documentation are taken."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from types import MappingProxyType


class Action(IntEnum):
    """What a fault demands, in order of severity: the greater wins."""

    WARN = 1
    """Tell the operator, and do not let the robot be armed."""
    HOLD = 2
    """Stop walking: ramp to the stand pose and stand there."""
    SETTLE = 3
    """Lie down, then damp."""
    DAMP = 4
    """Give up the pose: damp every joint until an operator re-arms."""


class Fault(Enum):
    """What can go wrong while the robot is in our hands."""

    PLAN_OVERDUE = "plan overdue"
    NO_PLAN = "no plan"
    UNATTENDED = "held and unattended"
    CHUNKS_REJECTED = "chunks rejected"
    TARGETS_OUT_OF_RANGE = "targets out of range"
    OVERSPEED = "joint overspeed"
    STATE_LATE = "robot state late"
    STATE_LOST = "robot state lost"
    STATE_CORRUPT = "robot state corrupt"
    TILTED = "tilted"
    FALLEN = "fallen"
    MOTORS_WARM = "motors warm"
    MOTORS_HOT = "motors hot"
    BATTERY_LOW = "battery low"
    BATTERY_CRITICAL = "battery critical"
    COMMAND_SILENT = "velocity command silent"
    SECOND_WRITER = "second writer"
    SPORT_MODE = "sport mode active"
    DEPOSED = "guardian took over"
    GUARDIAN_LOST = "guardian lost"
    WRITES_FAIL = "writes fail"
    OVERRUN = "overrun"
    LOOP_HUNG = "control loop hung"
    DISK_FULL = "disk full"


@dataclass(frozen=True)
class Rule:
    """A row of the failsafe table, or a part of one."""

    row: int
    """Number in docs/failsafes.md."""
    trigger: str
    """What is seen."""
    within: str
    """How soon; T is one control tick, 20 ms."""
    response: str
    """What happens, in words."""
    parameters: tuple[str, ...] = ()
    """Executor parameters and options of the guardian that tune it."""


@dataclass(frozen=True)
class FaultRule(Rule):
    """A row on which the supervisor acts."""

    action: Action = Action.DAMP
    blocks_arming: bool = True
    """Whether a robot that lies stays down while it is seen."""


RULES: Mapping[Fault, FaultRule] = MappingProxyType(
    {
        Fault.PLAN_OVERDUE: FaultRule(
            1, "no valid chunk when due", "the due tick", "go on with the plan in hand", ("margin",), Action.WARN
        ),
        Fault.NO_PLAN: FaultRule(
            1,
            "plan in hand used up",
            "same tick",
            "bridge, then HOLD",
            ("grace_ticks", "first_plan_ticks"),
            Action.HOLD,
        ),
        Fault.UNATTENDED: FaultRule(
            1, "held by a fault, no request since", "same tick", "SETTLE", ("unattended_s",), Action.SETTLE
        ),
        Fault.CHUNKS_REJECTED: FaultRule(
            *(3, "NaN or Inf, wrong shape, names or epoch in a chunk, targets far out of range", "before buffering"),
            *("reject; several in a row: HOLD", ("max_rejects",), Action.HOLD),
        ),
        Fault.TARGETS_OUT_OF_RANGE: FaultRule(
            *(4, "finite target beyond a mechanical limit", "same tick"),
            *("clamp and count; too many in 50 ticks: HOLD", ("max_out_of_range",), Action.HOLD),
        ),
        Fault.OVERSPEED: FaultRule(
            *(6, "measured joint speed over the limit", "2T"),
            *("DAMP", ("overspeed", "overspeed_ticks"), Action.DAMP),
        ),
        Fault.STATE_LATE: FaultRule(
            7, "robot state late", "2T", "request no plan from it", ("late_state_age_s",), Action.WARN
        ),
        Fault.STATE_LOST: FaultRule(
            7, "robot state lost, or stuck at one instant", "3T", "DAMP", ("max_state_age_s",), Action.DAMP
        ),
        Fault.STATE_CORRUPT: FaultRule(
            8, "robot state not finite although its CRC fits", "same frame", "DAMP", (), Action.DAMP
        ),
        Fault.TILTED: FaultRule(9, "tilt", "5T", "DAMP", ("tilt_limit_deg", "tilt_ticks"), Action.DAMP),
        Fault.FALLEN: FaultRule(9, "fall", "one frame", "DAMP", ("fall_limit_deg",), Action.DAMP),
        Fault.MOTORS_WARM: FaultRule(10, "motor warm", "1 s", "WARN; no arming", ("motor_warm_c",), Action.WARN),
        Fault.MOTORS_HOT: FaultRule(10, "motor hot", "1 s", "SETTLE; no arming", ("motor_hot_c",), Action.SETTLE),
        Fault.BATTERY_LOW: FaultRule(
            10, "battery low", "10 s", "WARN; no arming", ("battery_low_percent",), Action.WARN
        ),
        Fault.BATTERY_CRITICAL: FaultRule(
            10, "battery critical", "2 s", "SETTLE; no arming", ("battery_critical_percent",), Action.SETTLE
        ),
        Fault.COMMAND_SILENT: FaultRule(
            *(12, "velocity command silent", "0.5 s, then 2 s"),
            *("zero command, then HOLD", ("command_timeout_s", "command_hold_s"), Action.HOLD),
        ),
        Fault.SECOND_WRITER: FaultRule(
            *(17, "second writer on rt/lowcmd", "0.5 s before arming; 1 s running"),
            *("refuse to arm; DAMP", (), Action.DAMP),
        ),
        Fault.SPORT_MODE: FaultRule(
            17, "sport mode active", "0.5 s before arming; 1 s running", "refuse to arm; DAMP", (), Action.DAMP
        ),
        Fault.DEPOSED: FaultRule(
            18, "guardian took over", "next frame", "stay silent; DAMPING until re-armed", (), Action.DAMP
        ),
        Fault.GUARDIAN_LOST: FaultRule(
            20, "guardian dead or hung", "3T", "refuse to arm; running: SETTLE", ("guardian_age_s",), Action.SETTLE
        ),
        Fault.WRITES_FAIL: FaultRule(
            *(21, "write fails", "3 frames"),
            *("SETTLE; the guardian covers", ("max_write_failures",), Action.SETTLE),
        ),
        Fault.OVERRUN: FaultRule(
            *(22, "missed ticks in a row", "same tick"),
            *("HOLD; ticks that were missed are skipped", ("max_missed_ticks",), Action.HOLD),
        ),
        Fault.LOOP_HUNG: FaultRule(
            *(22, "control loop hung while frames go out", "hang_s"),
            *("the writer damps by itself; DAMP", ("hang_s",), Action.DAMP),
        ),
        Fault.DISK_FULL: FaultRule(
            *(24, "disk nearly full", "1 s"),
            *("WARN; control unaffected", ("min_free_mb",), Action.WARN),
            blocks_arming=False,
        ),
    }
)

DOORS: tuple[Rule, ...] = (
    Rule(
        *(2, "late, duplicate, reordered chunk", "same tick"),
        *("drop elapsed actions by absolute tick; reject when none is left or it is too old", ("max_age_ticks",)),
    ),
    Rule(
        *(5, "position, step, torque and gains of every frame written", "every frame"),
        *("held by construction, by limits that no parameter widens", ("max_step", "limit_margin")),
    ),
    Rule(8, "robot state corrupt (encoding, size, CRC, NaN, quaternion norm)", "same frame", "drop the frame, then 7"),
    Rule(11, "E-stop on the remote (L2+B), E-stop service", "one state frame", "DAMP, by executor and guardian"),
    Rule(12, "NaN in a velocity command", "same message", "rejected; the last one stays in force"),
    Rule(13, "wrong or corrupt model", "at start", "refuse, naming field, expected, got"),
    Rule(14, "bad parameter", "in the set call", "rejected, state unchanged, reason in text"),
    Rule(
        *(15, "parameter change while planning", "next plan; the executor's limits: next tick"),
        "snapshot swapped whole, read once a plan; the executor tightens its own limits at once",
        ("joint_lower", "joint_upper", "command_limit"),
    ),
    Rule(16, "clock jump, paused /clock", "never", "none: all timers are monotonic"),
    Rule(
        *(18, "executor killed, hung or crashed", "60 ms after its last frame"),
        *("guardian damps at 500 Hz; a resumed executor stays silent", ("silence_ms",)),
    ),
    Rule(19, "SIGINT, SIGTERM, launch stop", "1T", "lie down, then damp for 1 s, within 5 s"),
    Rule(23, "exception in the control loop", "same tick", "DAMP for 1 s, end"),
)
"""Rows that are dealt with where they come in, without the supervisor."""


@dataclass(frozen=True)
class Finding:
    """A fault seen at one tick, with one line for the operator: what was seen and what to do."""

    fault: Fault
    text: str

    @property
    def action(self) -> Action:
        """What the fault demands."""
        return RULES[self.fault].action


def most_severe(findings: Iterable[Finding]) -> Finding | None:
    """The finding whose action wins, the earliest of equals; None of none."""
    return max(findings, key=lambda finding: finding.action, default=None)


def arming_obstacle(findings: Iterable[Finding]) -> Finding | None:
    """The most severe finding that keeps the robot from being armed."""
    return most_severe(finding for finding in findings if RULES[finding.fault].blocks_arming)


def demanded(finding: Finding, can_hold: bool) -> Action:
    """The action to take: whoever cannot hold a pose is damped where holding or lying down is asked for.

    Args:
        finding: the most severe one.
        can_hold: whether the robot's state is known and its trunk upright.
    """
    holding = finding.action in (Action.HOLD, Action.SETTLE)
    return Action.DAMP if holding and not can_hold else finding.action
