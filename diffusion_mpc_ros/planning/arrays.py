"""Arrays that configurations hold: of a known shape, finite, and frozen after construction."""

import numpy as np
import numpy.typing as npt


def read_only(
    name: str, values: npt.ArrayLike, shape: tuple[int, ...], dtype: npt.DTypeLike = np.float32
) -> np.ndarray:
    """A read-only copy of ``values``.

    Raises:
        ValueError: names the array whose shape is another one, or that holds an element that is not finite.
    """
    array = np.array(values, dtype=dtype)
    if array.shape != shape:
        raise ValueError(f"{name}: expected shape {shape}, got {array.shape}")
    for index in np.argwhere(~np.isfinite(array)):
        raise ValueError(f"{name}{index.tolist()}: expected a finite number, got {array[tuple(index)]}")
    array.setflags(write=False)
    return array


def check_order(lower: np.ndarray, upper: np.ndarray, suffix: str = "") -> None:
    """Refuse bounds that cross; ``suffix`` completes their names, lower and upper.

    Raises:
        ValueError: names the first element whose lower bound is above its upper bound.
    """
    for i in np.flatnonzero(lower > upper):
        bound = f"upper{suffix}[{i}] = {upper[i]:g}"
        raise ValueError(f"lower{suffix}[{i}]: expected at most {bound}, got {lower[i]:g}; set both at once")
