"""The arithmetic of a reverse step on batches as they lie in memory, (57, H, M), in place.

The measured s_0, the first row's state, is never touched: it is set once, before the first step.
"""

import numpy as np

from diffusion_mpc_ros.planning.compiled import compiled
from diffusion_mpc_ros.planning.trajectory import ACTION, STATE

STATE_END, ACTION_START = STATE.stop, ACTION.start


@compiled
def reverse(
    tau: np.ndarray,
    tau_0: np.ndarray,
    noise: np.ndarray,
    clean: np.float32,
    noisy: np.float32,
    offset: np.ndarray,
    deviation: np.ndarray,
) -> None:
    """tau <- clean tau_0 + noisy tau + offset + deviation noise; offset and deviation are of columns, (57,)."""
    columns, horizon, count = tau.shape
    for j in range(columns):
        for t in range(1 if j < STATE_END else 0, horizon):
            for m in range(count):
                tau[j, t, m] = clean * tau_0[j, t, m] + noisy * tau[j, t, m] + offset[j] + deviation[j] * noise[j, t, m]


@compiled
def follow(
    tau: np.ndarray,
    push: np.ndarray,
    std: np.ndarray,
    variance: np.ndarray,
    scale: np.float32,
    strength: np.float32,
    radius: np.float32,
) -> None:
    """tau += scale variance push, each candidate's shortened so that no value moves by more than the radius.

    Args:
        std, variance: of columns, (57,).
        strength: a value's step in deviations from its push times std.
        radius: in deviations.
    """
    columns, horizon, count = tau.shape
    share = np.zeros(count, tau.dtype)
    for j in range(columns):
        for t in range(1 if j < STATE_END else 0, horizon):
            for m in range(count):
                share[m] = max(share[m], abs(push[j, t, m] * std[j]))
    for m in range(count):
        share[m] = scale * radius / max(strength * share[m], radius)
    for j in range(columns):
        for t in range(1 if j < STATE_END else 0, horizon):
            for m in range(count):
                tau[j, t, m] += variance[j] * share[m] * push[j, t, m]


@compiled
def hold(
    tau: np.ndarray,
    committed: np.ndarray,
    noise: np.ndarray,
    signal: np.float32,
    spread: np.float32,
    mean: np.ndarray,
    std: np.ndarray,
) -> None:
    """Set the first actions to ``committed`` (12, D, M), noised by the schedule's signal and spread (in deviations)."""
    joints, rows, count = committed.shape
    for j in range(joints):
        column = ACTION_START + j
        for t in range(rows):
            for m in range(count):
                distance = signal * (committed[j, t, m] - mean[column]) + spread * std[column] * noise[column, t, m]
                tau[column, t, m] = mean[column] + distance


@compiled
def clamp(tau: np.ndarray, columns: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
    """Keep some columns within bounds (57, H)."""
    for j in columns:
        for t in range(1 if j < STATE_END else 0, tau.shape[1]):
            for m in range(tau.shape[2]):
                tau[j, t, m] = min(max(tau[j, t, m], lower[j, t]), upper[j, t])
