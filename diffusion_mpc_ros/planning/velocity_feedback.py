"""Integral feedback on the command: a robot that walks too slow, or drifts, is told to walk faster, or against it.

A model that imitates answers a command with the velocity that its data has, on the robot of its data. Another payload,
motor or ground leaves a deviation that stays as long as the command does. It is measured here, plan by plan, and its
integral added to the command that is planned for. How fast the trunk moves no sensor of the Go2 tells; an ``Odometer``
has learned to read it off the observation. How fast it turns the gyroscope tells.
"""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol

import numpy as np

from diffusion_mpc_ros.planning.compiled import compiled, inlined
from diffusion_mpc_ros.planning.parameters import parameter
from diffusion_mpc_ros.planning.trajectory import ANGULAR_VELOCITY, COMMAND, DT

SETTLING = 25
"""Ticks after a change of the command in which a robot is still getting going, and nothing is learned of it."""
COMMAND_JUMP = 0.3
"""Change of the command (Euclidean, m/s and rad/s) after which what was learned under the last says little. The sticks
of a remote stay below from plan to plan."""
STANDING = 0.1
"""Commands (Euclidean, m/s and rad/s) below this are to stand, which is not walked into being."""
LONGEST_GAP = 25
"""Ticks between two plans of one walk; more is another walk."""


class Odometer(Protocol):
    """How fast the trunk moves."""

    def __call__(self, observation: np.ndarray) -> np.ndarray:
        """Observations (B, 45) to v_x and v_y in the body frame, (B, 2), m/s."""
        ...


@dataclass(frozen=True, eq=False)
class Pursuit:
    """What is known of B robots at their last plan.

    Attributes:
        tick: of the plan.
        command: (B, 3) as it was told: v_x, v_y in m/s, yaw rate in rad/s.
        held: (B,) ticks since the command changed.
        velocity: (B, 3) measured, the same units.
        correction: (B, 3) to be added to the command.
    """

    tick: int
    command: np.ndarray
    held: np.ndarray
    velocity: np.ndarray
    correction: np.ndarray

    def forgetting(self, robots: np.ndarray | slice) -> "Pursuit":
        """The same with these robots (indices or mask) at their beginning."""
        held, correction = self.held.copy(), self.correction.copy()
        held[robots], correction[robots] = 0, 0.0
        return replace(self, held=held, correction=correction)


@dataclass(frozen=True, eq=False)
class VelocityFeedback:
    """How the command is corrected.

    Attributes:
        odometer: measures the velocity.
        gain: of the integral, 1/s.
        limit: largest correction of each of the three commands, m/s and rad/s. More of it brings robots whose load is
            off-centre closer to the command, and more of them to fall.
    """

    group: ClassVar[str] = "feedback"

    odometer: Odometer
    gain: float = field(
        default=0.5,
        metadata=parameter(
            "Gain of the integral feedback from the measured velocity to the command planned for, 1/s; 0 is off",
            (0.0, 5.0),
        ),
    )
    limit: float = field(
        default=0.2,
        metadata=parameter("Largest correction of the command by the feedback, m/s and rad/s", (0.0, 0.5)),
    )

    def pursue(self, observation: np.ndarray, tick: int, before: Pursuit | None) -> Pursuit:
        """Learn from the observations (B, 45) of a tick, after what was known before."""
        count = len(observation)
        command, velocity = observation[:, COMMAND].copy(), np.empty((count, 3))
        velocity[:, :2], velocity[:, 2] = self.odometer(observation), observation[:, ANGULAR_VELOCITY.stop - 1]
        held, correction = np.zeros(count, np.int64), np.zeros((count, 3))
        if before is not None and len(before.command) == count and 0 <= tick - before.tick <= LONGEST_GAP:
            known = before.command, before.held, before.correction
            _integrate(command, velocity, *known, tick - before.tick, self.gain, self.limit, held, correction)
        return Pursuit(tick, command, held, velocity, correction)


@inlined
def _length(vector: np.ndarray) -> float:
    length: float = np.sqrt(np.square(vector).sum())
    return length


@compiled
def _integrate(
    command: np.ndarray,
    velocity: np.ndarray,
    command_before: np.ndarray,
    held_before: np.ndarray,
    correction_before: np.ndarray,
    elapsed: int,
    gain: float,
    limit: float,
    held: np.ndarray,
    correction: np.ndarray,
) -> None:
    """Write how long (B,) the commands (B, 3) have held, and their corrections (B, 3); both begin as zeros."""
    for robot in range(len(command)):
        told = command[robot]
        if _length(told - command_before[robot]) > COMMAND_JUMP:
            continue
        held[robot] = held_before[robot] + elapsed
        if _length(told) < STANDING:
            continue
        seconds = elapsed * DT if held[robot] > SETTLING else 0.0
        for axis in range(3):
            wanted = correction_before[robot, axis] + seconds * gain * (told[axis] - velocity[robot, axis])
            correction[robot, axis] = min(max(wanted, -limit), limit)


def corrected(observation: np.ndarray, pursuit: Pursuit) -> np.ndarray:
    """The observations (B, 45) with the command that is to be planned for."""
    observation = observation.copy()
    observation[:, COMMAND] += pursuit.correction
    return observation
