"""The simulated Go2: physics, motors and the robot's topics, in real time."""

import logging
import threading
import time

import mujoco
import numpy as np
from unitree_sdk2py.idl.unitree_go.msg.dds_ import LowState_, WirelessController_

from diffusion_mpc_ros.robot.dds import frame_type
from diffusion_mpc_ros.robot.low_level import LOW_STATE_TOPIC
from diffusion_mpc_ros.robot.metronome import Metronome
from diffusion_mpc_ros.robot.publication import Publication
from diffusion_mpc_ros.robot.remote import Button, Remote
from diffusion_mpc_ros.robot.spec import LIE_POSE, NUM_JOINTS
from diffusion_mpc_ros.robot.subscription import Subscription
from diffusion_mpc_ros.robot.wire_format import STATE_RATE_HZ
from diffusion_mpc_ros.simulation.go2 import build_model
from diffusion_mpc_ros.simulation.plant.command_inbox import CommandInbox
from diffusion_mpc_ros.simulation.plant.ground_truth import GroundTruth
from diffusion_mpc_ros.simulation.plant.motion_switcher import MotionSwitcher
from diffusion_mpc_ros.simulation.plant.motors import SILENCE_NS, Silence, lying, motor_torque
from diffusion_mpc_ros.simulation.plant.recording import Recording
from diffusion_mpc_ros.simulation.plant.sensors import Sensors
from diffusion_mpc_ros.simulation.plant.state_frame import StateFrame
from diffusion_mpc_ros.simulation.plant.viewer import open_viewer

logger = logging.getLogger(__name__)

STEP_MS = 2
"""Physics step, ms."""
SLOW_EVERY = 10
"""Ground truth, recording and viewer run every so many steps: at 50 Hz."""
SETTLING_S = 1.0
REMOTE_TOPIC = "rt/wirelesscontroller"

_StateFrame = frame_type(LowState_)
CHECK_EVERY = 500
"""Steps between looks at whether the plant keeps up."""
TOLERATED_SKIPS = 5
"""Of those steps, how many may be skipped without a word."""


class Plant:
    """One Go2 that starts lying on the ground in sport mode. Needs ``dds.join`` first.

    While a sport mode is active, commands are received but do not act, and the robot holds its lying pose. Once it is
    released, the motors are off until the first command that passes its checks.

    The remote is played by whoever publishes WirelessController_ on ``rt/wirelesscontroller``: buttons and sticks
    appear in ``wireless_remote`` until the next such message.

    Args:
        silence: what the motors do when commands fall silent.
        recording: filled at 50 Hz and saved at the end, or None.
        viewer: show a window if there is a display.
        state_rate_hz: LowState messages a second, a divisor of STATE_RATE_HZ: fewer leave more of a computer to others.
    """

    def __init__(
        self, silence: Silence, recording: Recording | None, viewer: bool, state_rate_hz: int = STATE_RATE_HZ
    ) -> None:
        self._silence = silence
        self._publish_every = STATE_RATE_HZ // state_rate_hz
        self._recording = recording
        self._model = build_model(STEP_MS * 1e-3, actuators="torque")
        self._data = mujoco.MjData(self._model)
        self._lying = lying()
        self._settle()
        self._torque = np.zeros(NUM_JOINTS)
        self._frame = StateFrame()
        self._frame.remote[:] = list(Remote().encode())
        self._sensors = Sensors(self._data, self._frame)
        self._switcher = MotionSwitcher()
        self._inbox = CommandInbox()
        self._truth = GroundTruth()
        self._states = Publication(LOW_STATE_TOPIC, _StateFrame)
        self._viewer = open_viewer(self._model, self._data) if viewer else None

    def run(self, stop: threading.Event, duration_s: float = np.inf) -> None:
        """Simulate until ``stop`` is set or ``duration_s`` of simulated time have passed; then write the recording."""
        for part in (self._switcher, self._inbox):
            part.open()
        remote = Subscription(REMOTE_TOPIC, WirelessController_, self._press)
        logger.info("plant ready: lying on the ground, sport mode '%s'", self._switcher.mode)
        beat = Metronome(STEP_MS * 1_000_000)
        step = skipped = 0
        try:
            while not stop.is_set() and step * STEP_MS < duration_s * 1e3:
                self._step(step)
                step += 1
                beat.wait()
                if step % CHECK_EVERY == 0:
                    if beat.skipped - skipped > TOLERATED_SKIPS:
                        logger.warning("behind real time: skipped %d beats in %d", beat.skipped - skipped, CHECK_EVERY)
                    skipped = beat.skipped
        finally:
            remote.close()
            self._close(step, beat.skipped)

    def _step(self, step: int) -> None:
        data = self._data
        self._torque = self._motor_torque(data.qpos[7:], data.qvel[6:])
        data.ctrl[:] = self._torque
        mujoco.mj_step(self._model, data)
        self._sensors.measure(self._torque, tick_ms=(step + 1) * STEP_MS)
        if step % self._publish_every == 0:
            self._states.write(_StateFrame(self._frame.seal()))
        if step % SLOW_EVERY == 0:
            self._truth.publish(data.time, data.qpos, data.qvel, self._frame)
            if self._recording is not None:
                self._recording.add(data.time, time.monotonic(), data.qpos, data.qvel, self._inbox.last)
            if self._viewer is not None:
                self._viewer.sync()

    def _motor_torque(self, q: np.ndarray, dq: np.ndarray) -> np.ndarray:
        if self._switcher.mode:
            self._inbox.last = None  # a command of before must not act after the next release
            return motor_torque(self._lying, q, dq)
        last = self._inbox.last
        if last is None:
            return np.zeros(NUM_JOINTS)
        silent = time.monotonic_ns() - last.received_ns > SILENCE_NS
        if silent and self._silence is Silence.OFF:
            return np.zeros(NUM_JOINTS)
        return motor_torque(last.command, q, dq)

    def _press(self, message: WirelessController_) -> None:
        remote = Remote(Button(message.keys), lx=message.lx, ly=message.ly, rx=message.rx, ry=message.ry)
        self._frame.remote[:] = list(remote.encode())

    def _settle(self) -> None:
        """Let the robot come to rest in its lying pose, before anyone sees it."""
        data = self._data
        data.qpos[:7] = 0, 0, 0.15, 1, 0, 0, 0
        data.qpos[7:] = LIE_POSE
        for _ in range(round(SETTLING_S * 1e3 / STEP_MS)):
            data.ctrl[:] = motor_torque(self._lying, data.qpos[7:], data.qvel[6:])
            mujoco.mj_step(self._model, data)
        data.time = 0.0

    def _close(self, steps: int, skipped: int) -> None:
        self._inbox.close()
        if self._viewer is not None:
            self._viewer.close()
        if self._recording is not None:
            self._recording.save()
        logger.info(
            "plant ends: %d steps, %d beats skipped; commands: %d accepted, dropped %s",
            *(steps, skipped, self._inbox.accepted, dict(self._inbox.dropped)),
        )
