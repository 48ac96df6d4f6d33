"""Sine and cosine as polynomials.

Those of the C library take one number at a time; of a loop over these the compiler makes vector instructions, which
took a thirteenth of the time for the feet of a hundred trajectories.
"""

import math

import numpy as np

from diffusion_mpc_ros.planning.compiled import inlined

_INVERSE_PI = np.float32(1.0 / math.pi)
_PI_HIGH = np.float32(3.140625)  # few digits: its products with small integers are exact
_PI_LOW = np.float32(math.pi - 3.140625)
_HALF_PI = np.float32(math.pi / 2.0)
_HALF, _ONE, _TWO = np.float32(0.5), np.float32(1.0), np.float32(2.0)
_C3, _C5, _C7, _C9, _C11 = (np.float32((-1) ** n / math.factorial(2 * n + 1)) for n in range(1, 6))


@inlined
def sine(x: float) -> float:
    """sin(x), off by less than 1e-7 and rounding, for |x| below a hundred."""
    turns = np.rint(x * _INVERSE_PI)
    rest = (x - turns * _PI_HIGH) - turns * _PI_LOW
    square = rest * rest
    series = rest + rest * square * (_C3 + square * (_C5 + square * (_C7 + square * (_C9 + square * _C11))))
    is_odd = turns - _TWO * np.floor(turns * _HALF)
    return series * (_ONE - _TWO * is_odd)


@inlined
def cosine(x: float) -> float:
    """cos(x), as exact as ``sine``."""
    return sine(x + _HALF_PI)
