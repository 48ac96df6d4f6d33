"""Loops compiled to machine code.

What guides and projects trajectories is a few operations on each number. As loops they read like their formulas, take
no more memory than their result and let the other threads run; numpy would spend more time on calling than computing.
Compiled code is kept on disk beside its module, or in the user's cache directory where that is not writable.

Such functions see batches as they lie in memory, (57, H, M), candidates side by side (``layout.py``). Numbers that are
no part of an array have to be float32, or all arithmetic with them is in double precision.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

FAST = {"reassoc", "contract", "arcp", "nsz"}
"""Liberties with rounding that let the compiler use vector instructions; none with what is not finite."""


def compiled(function: Function) -> Function:
    """The function as machine code, compiled at the first call with arguments of some types."""
    jitted: Any = numba.njit(function, cache=True, nogil=True, fastmath=FAST, error_model="numpy")
    return cast(Function, jitted)


def inlined(function: Function) -> Function:
    """A part of compiled functions, written into each: the compiler makes vector instructions only of whole loops."""
    jitted: Any = numba.njit(function, fastmath=FAST, error_model="numpy", inline="always")
    return cast(Function, jitted)
