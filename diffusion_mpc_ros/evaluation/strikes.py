"""Trials of section VI-B1: walking robots, each struck once from the side by a pendulum, and who carries on."""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.closed_loop.rollout import Controller, rollout
from diffusion_mpc_ros.planning.trajectory import DT
from diffusion_mpc_ros.simulation.go2 import TRUNK_HALF_SIZE
from diffusion_mpc_ros.simulation.pendulum import LENGTH, RADIUS, PendulumGo2, swing_time
from diffusion_mpc_ros.simulation.rendering.camera import heading

COMMAND = (0.5, 0.0, 0.0)
"""What the robots are told to walk, v_x, v_y in m/s and yaw rate in rad/s."""
WALK_IN = round(2.0 / DT)
"""Ticks of walking before the first release."""
RELEASE_WINDOW = round(1.0 / DT)
"""Ticks over which the releases are spread: two strides, so that every phase of the gait is struck."""
AFTERWARDS = round(7.0 / DT)
"""Ticks from the last release to the end."""
AIM_TICKS = round(0.5 / DT)
"""Ticks over which the trunk's path is averaged to foresee where it will be: a stride."""
STUCK_SPEED, STUCK_SHARE, STUCK_LEAST = 0.2, 0.5, 0.1
"""m/s; slower for longer than STUCK_TICKS is a failure. Who came to the strike at less than twice that, as a few robots
of Table I do, is stuck at half of that pace, and in any case at STUCK_LEAST m/s."""
STUCK_TICKS = round(2.0 / DT)
STRIDE_TICKS = round(0.5 / DT)
"""Ticks over which a speed is averaged before it counts as slow: within a stride it swings about its mean."""
WITHDRAWN = 1.0
"""Time from the weight's lowest point until it is taken out of the way, s. Left hanging where it struck, it can catch
on a hind leg that passes, which has nothing to do with the strike."""
HIT_SHARE = 0.5
"""A swing that has lost this share of its energy has met the robot; the air takes none."""


@dataclass(frozen=True)
class Chances:
    """What chance decides in N trials: the same for every planner that is tried.

    Attributes:
        release_tick: (N,) control tick of the release.
        side: (N,) where the strike comes from, 1 for left and -1 for right.
    """

    release_tick: np.ndarray
    side: np.ndarray

    @classmethod
    def draw(cls, num: int, rng: np.random.Generator) -> "Chances":
        return cls(WALK_IN + rng.integers(RELEASE_WINDOW, size=num), rng.choice([-1, 1], size=num))


@dataclass(frozen=True)
class Trials:
    """How N trials went.

    Attributes:
        qpos: (T, N, 21) the robots' coordinates and the angles of the swing, after every tick.
        forward: (T, N) forward velocity of the trunk in its own frame, m/s.
        energy: (T, N) of the weight above rest, J; NaN once it is withdrawn.
        alive: (N,) who never fell.
        release_tick: (N,) the tick before which the weight was let go.
        pivot: (N, 3) m, and yaw: (N,) rad, of the pendulum.
    """

    qpos: np.ndarray
    forward: np.ndarray
    energy: np.ndarray
    alive: np.ndarray
    release_tick: np.ndarray
    pivot: np.ndarray
    yaw: np.ndarray

    @property
    def hit_tick(self) -> np.ndarray:
        """(N,) the tick in which the weight met the robot, or -1."""
        released = np.arange(len(self.energy))[:, None] >= self.release_tick
        full = self.energy[self.release_tick, np.arange(len(self.release_tick))]
        spent = released & (self.energy < HIT_SHARE * full)
        return np.where(spent.any(axis=0), spent.argmax(axis=0), -1)

    @property
    def hit(self) -> np.ndarray:
        """(N,) who was hit."""
        return self.hit_tick >= 0

    @property
    def stuck(self) -> np.ndarray:
        """(N,) who was too slow for too long after the release."""
        pace = np.array([self.forward[tick - AIM_TICKS : tick, n].mean() for n, tick in enumerate(self.release_tick)])
        slow = np.clip(STUCK_SHARE * pace, STUCK_LEAST, STUCK_SPEED)
        return longest_slow(self.forward, self.release_tick, slow) > STUCK_TICKS

    @property
    def success(self) -> np.ndarray:
        """(N,) who was hit and neither fell nor got stuck; a weight that misses proves nothing."""
        return self.hit & self.alive & ~self.stuck


def strike(robot: PendulumGo2, controller: Controller, release: float, chances: Chances) -> Trials:
    """Walks freshly reset robots, each into a weight released at ``release`` rad from hanging."""
    num = robot.num_envs
    steps = WALK_IN + RELEASE_WINDOW + AFTERWARDS
    qpos, forward, energy = np.zeros((steps, num, 21)), np.zeros((steps, num)), np.zeros((steps, num))
    pivot, yaw = np.zeros((num, 3)), np.zeros(num)
    withdrawal_tick = chances.release_tick + round((swing_time(release) + WITHDRAWN) / DT)
    for index, tick in enumerate(rollout(robot, controller, np.tile(COMMAND, (num, 1)), steps)):
        qpos[index] = np.column_stack([robot.qpos, robot.swing])
        forward[index] = tick.velocity[:, 0]
        energy[index] = np.where(index < withdrawal_tick, robot.bob_energy(), np.nan)
        robot.withdraw(np.flatnonzero(withdrawal_tick == index + 1))
        ids = np.flatnonzero(chances.release_tick == index + 1)
        if ids.size > 0:
            side = chances.side[ids]
            recent = qpos[index - 2 * AIM_TICKS : index + 1, ids]
            pivot[ids], yaw[ids] = aim(recent, side, swing_time(release))
            robot.release(ids, pivot[ids], yaw[ids], side * release)
    return Trials(qpos, forward, energy, tick.alive, chances.release_tick, pivot, yaw)


def aim(recent: np.ndarray, side: np.ndarray, ahead: float) -> tuple[np.ndarray, np.ndarray]:
    """Where to hang the pendulum so that it strikes the middle of the trunk's side at its lowest point.

    Args:
        recent: (2 AIM_TICKS + 1, n, 7 or more) the last positions and orientations of walking robots, a tick apart.
        side: (n,) 1 for the left side, -1 for the right.
        ahead: time until the weight is at its lowest point, s.

    Returns:
        The pivot (n, 3), m, and the direction it swings about (n,), rad: the robot's own.
    """
    earlier, later = recent[: AIM_TICKS + 1, :, :3].mean(axis=0), recent[AIM_TICKS:, :, :3].mean(axis=0)
    velocity = (later - earlier) / (AIM_TICKS * DT)
    # ``later`` is where the trunk, freed of its sway, was half of the averaged time ago.
    trunk = later + velocity * (0.5 * AIM_TICKS * DT + ahead)
    turn = np.unwrap(heading(recent[:, :, 3:7]), axis=0)[AIM_TICKS:].mean(axis=0)
    left = np.stack([-np.sin(turn), np.cos(turn), np.zeros_like(turn)], axis=1)
    trunk[:, 2] = later[:, 2]
    return trunk + (TRUNK_HALF_SIZE[1] + RADIUS) * side[:, None] * left + [0, 0, LENGTH], turn


def longest_slow(forward: np.ndarray, start: np.ndarray, speed: np.ndarray) -> np.ndarray:
    """Longest run of ticks (N,) slower than ``speed`` (N,) after tick ``start`` (N,), from velocities (T, N) in m/s."""
    total = np.concatenate([np.zeros((1, forward.shape[1])), np.cumsum(forward, axis=0)])
    longest = run = np.zeros(forward.shape[1], dtype=np.intp)
    for tick in range(STRIDE_TICKS, len(total)):
        slow = total[tick] - total[tick - STRIDE_TICKS] < speed * STRIDE_TICKS
        run = (run + 1) * (slow & (tick > start))
        longest = np.maximum(longest, run)
    return longest
