"""Leg odometry: the trunk's velocity from the feet that stand, with its derivatives.

In the trunk's frame a foot that stands still at p_l(q) moves with -(v + omega x p_l), so each foot says what v would be
if it stood: v_l = -(J_l dq_l + omega x p_l). Which feet stand is not known; the deepest along gravity are taken to, by
weights softmax(depth / DEPTH_SCALE), which have a gradient everywhere.

On 40 simulated robots that the demonstrator led for 2.4 s (eight commands up to 1 m/s, nominal physics, one seed, on
which DEPTH_SCALE was chosen, too) the estimate is off by 0.18 m/s along and 0.10 m/s across (RMS of single ticks);
averaged over a plan's 11 ticks by 0.10 and 0.04 m/s. It reads 5 to 8 % too slow forward at 0.5 to 1 m/s, and a third
too slow backward at 0.8 m/s.
"""

from dataclasses import dataclass

import numpy as np

from diffusion_mpc_ros.planning.leg_kinematics import Feet, cross

DEPTH_SCALE = 0.005
"""Depth that raises a foot's weight by a factor of e, m. On the simulated robot 5 mm is as accurate as any smaller
value; a centimetre lets the swinging feet in and doubles the bias."""


@dataclass(frozen=True, eq=False)
class LegOdometry:
    """Velocities at some states. Axes of vectors and legs come first, as in ``leg_kinematics``.

    Attributes:
        velocity: (3, ...) of the trunk's origin in its own frame, m/s.
        by_foot: (3, 4, ...) what each foot says, m/s.
        weights: (4, ...) how much each foot counts; they sum to one.
    """

    velocity: np.ndarray
    by_foot: np.ndarray
    weights: np.ndarray
    _omega: np.ndarray
    _down: np.ndarray
    _dq: np.ndarray
    _feet: Feet

    @classmethod
    def at(cls, omega: np.ndarray, down: np.ndarray, q: np.ndarray, dq: np.ndarray) -> "LegOdometry":
        """Estimate.

        Args:
            omega: (3, ...) angular velocity, rad/s, body frame.
            down: (3, ...) unit vector of gravity, body frame.
            q: (3, 4, ...) joint positions by leg, rad.
            dq: (3, 4, ...) joint velocities by leg, rad/s.
        """
        feet = Feet.at(q)
        by_foot = -(feet.velocity(dq) + cross(omega[:, None], feet.position))
        depth = np.einsum("i...,il...->l...", down, feet.position)
        weights = np.exp((depth - depth.max(axis=0)) / DEPTH_SCALE)
        weights /= weights.sum(axis=0)
        velocity = np.einsum("l...,il...->i...", weights, by_foot)
        return cls(velocity, by_foot, weights, omega, down, dq, feet)

    def gradient(self, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Derivative by omega (3, ...), down (3, ...), q and dq (3, 4, ...) from that by the velocity, (3, ...)."""
        position, jacobian = self._feet.position, self._feet.jacobian
        surplus = np.einsum("i...,il...->l...", slope, self.by_foot - self.velocity[:, None])
        by_depth = self.weights * surplus / DEPTH_SCALE  # (4, ...)
        pull = self.weights * slope[:, None]  # (3, 4, ...) derivative by what each foot says
        by_omega = -cross(position, pull).sum(axis=1)
        by_down = np.einsum("l...,il...->i...", by_depth, position)
        by_position = by_depth * self._down[:, None] - cross(pull, self._omega[:, None])
        by_dq = -np.einsum("ij...,i...->j...", jacobian, pull)
        by_q = np.einsum("ij...,i...->j...", jacobian, by_position)
        by_q -= np.einsum("ij...,i...->j...", self._feet.jacobian_rate(self._dq), pull)
        return by_omega, by_down, by_q, by_dq
