"""Checks of the robot as it is now. They write nothing to it."""

import time

import numpy as np

from diffusion_mpc_ros.preflight.check import Check, attempt
from diffusion_mpc_ros.robot import guardian_protocol
from diffusion_mpc_ros.robot.command_witness import CommandWitness
from diffusion_mpc_ros.robot.dds import LinkError
from diffusion_mpc_ros.robot.guardian_client import GuardianClient
from diffusion_mpc_ros.robot.link import Go2Link
from diffusion_mpc_ros.robot.posture import is_lying, tilt_deg
from diffusion_mpc_ros.robot.spec import JOINT_LOWER, JOINT_NAMES, JOINT_UPPER
from diffusion_mpc_ros.robot.sport_mode import SportMode, SportModeError
from diffusion_mpc_ros.robot.state import RobotState
from diffusion_mpc_ros.safety.safety_config import SafetyConfig

WATCH_S = 1.0
LEAST_RATE_HZ = 400.0
LEAST_SHARE = 0.98
"""Of the frames looked at that are valid."""
ENCODER_TOLERANCE = 0.15
"""What a joint may read beyond its mechanical range: zero offsets and the stop's give, rad."""
LIMITS = SafetyConfig()


def checks(interface: str, domain_id: int, timeout_s: float) -> list[Check]:
    """Everything about the robot; only that it is not there, if it is not."""
    link = Go2Link(GuardianClient(interface, domain_id), interface, domain_id)
    try:
        link.start(timeout_s)
    except LinkError as error:
        return [Check("state", False, str(error), "the rest of the robot was not looked at")]
    try:
        wire, state = _wire(link)
        return [
            wire,
            joints(state),
            posture(state),
            battery(state),
            motors(state),
            remote(state),
            sport_mode(state),
            _second_writer(),
            _guardian(interface, domain_id),
        ]
    finally:
        link.close(damping_s=0)


def _wire(link: Go2Link) -> tuple[Check, RobotState]:
    before, refused, looks = link.counters.received, 0, 0
    deadline = time.monotonic() + WATCH_S
    oldest_s = 0.0
    while time.monotonic() < deadline:
        state, age_s = link.latest()
        looks, oldest_s = looks + 1, max(oldest_s, age_s)
        time.sleep(0.01)
    rate = (link.counters.received - before) / WATCH_S
    refused = sum(link.counters.dropped.values())
    ok = rate >= LEAST_RATE_HZ and refused <= (1 - LEAST_SHARE) * looks and oldest_s < LIMITS.max_state_age_s
    seen = f"{rate:.0f} frames a second, {refused} of {looks} refused {dict(link.counters.dropped)}, "
    advice = "a cable, not a radio link; no other program that loads the network; see docs/security.md"
    return Check("state", ok, f"{seen}oldest {1e3 * oldest_s:.0f} ms", advice), state


def joints(state: RobotState) -> Check:
    """Whether every joint reads an angle of its own range: a swapped order puts calves where hips should be."""
    beyond = np.maximum(JOINT_LOWER - state.q, state.q - JOINT_UPPER)
    worst = int(np.argmax(beyond))
    advice = f"{JOINT_NAMES[worst]} is the worst: check the joint order of the firmware and the encoder's zero"
    seen = f"largest excess over the mechanical range {max(0.0, float(beyond[worst])):.2f} rad"
    return Check("joints", bool(beyond[worst] <= ENCODER_TOLERANCE), seen, advice)


def posture(state: RobotState) -> Check:
    """Whether the robot lies as it has to when its motors change hands."""
    seen = f"tilt {tilt_deg(state):.0f} degrees, calves at {', '.join(f'{q:.2f}' for q in state.q[2::3])} rad"
    return Check("posture", is_lying(state), seen, "lay the robot down, level, with all legs folded")


def battery(state: RobotState) -> Check:
    """Whether the charge lasts for more than a moment."""
    ok = state.battery_soc >= LIMITS.battery_low_percent
    return Check("battery", ok, f"{state.battery_soc} %, {state.voltage:.1f} V", "charge it")


def motors(state: RobotState) -> Check:
    """Whether the motors are cool."""
    hottest = int(np.argmax(state.temperature))
    seen = f"hottest {JOINT_NAMES[hottest]} at {state.temperature[hottest]:.0f} degrees Celsius"
    return Check("motors", bool(state.temperature[hottest] <= LIMITS.motor_warm_c), seen, "let it cool")


def remote(state: RobotState) -> Check:
    """Whether nothing is pressed on the remote. That it is switched on can only be seen by pressing."""
    sticks = (state.remote.lx, state.remote.ly, state.remote.rx, state.remote.ry)
    ok = state.remote.buttons == 0 and bool(np.abs(sticks).max() < 0.2)
    advice = "release buttons and sticks; switch the remote on"
    return Check("remote", ok, f"buttons {int(state.remote.buttons):#06x}, sticks {max(map(abs, sticks)):.2f}", advice)


def sport_mode(state: RobotState) -> Check:
    """Whether the motion switcher answers and what it holds can be released."""

    def look() -> Check:
        name = SportMode(attempts=2).active()
        seen = f"'{name}' is active; the executor releases it" if name else "none is active"
        return Check("sport mode", not name or is_lying(state), seen, "lay the robot down before the executor starts")

    return attempt("sport mode", look, "wait until the robot has started", SportModeError)


def _second_writer() -> Check:
    witness = CommandWitness()
    time.sleep(WATCH_S)
    sees = witness.sees_second_writer
    witness.close()
    seen = "somebody commands the motors" if sees else "nobody else commands the motors"
    return Check("second writer", not sees, seen, "end the other program, or the sport mode")


def _guardian(interface: str, domain_id: int) -> Check:
    runs = guardian_protocol.is_listening(guardian_protocol.address(interface, domain_id))
    advice = "start it: ros2 run diffusion_mpc_ros guardian (the launch file does)"
    return Check("guardian", runs, "runs" if runs else "does not run", advice)
