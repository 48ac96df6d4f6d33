from array import array
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffusion_mpc_ros.planning.parameters import ParameterSpec, Value

WEIGHT = ParameterSpec("weight", 0.5, "a weight", (0.0, 10.0))
FREE = ParameterSpec("free", 0.0, "unbounded")
COUNT = ParameterSpec("count", 1, "a count", (1, 5))
SWITCH = ParameterSpec("switch", False, "a switch")
LIMITS = ParameterSpec("limits", (0.0, 0.0, 0.0), "three limits", (-1.0, 1.0))
MASK = ParameterSpec("mask", (True, False), "two switches")
NUMBERS = ParameterSpec("numbers", (0.0, 1.0), "any number of numbers", (-1.0, 1.0), any_length=True)
LEGS = ParameterSpec("legs", ("FR",), "some legs", choices=("FR", "FL"), any_length=True)
JOINT = ParameterSpec("joint", "hip", "a joint", choices=("hip", "thigh", "calf", *"abcdefgh"))


@pytest.mark.parametrize(
    ("spec", "value", "parsed"),
    [
        (WEIGHT, 1, 1.0),
        (WEIGHT, np.float32(2.5), 2.5),
        (FREE, -1e300, -1e300),
        (COUNT, np.int64(5), 5),
        (SWITCH, np.bool_(True), True),
        (LIMITS, [0, 1, -1], (0.0, 1.0, -1.0)),
        (LIMITS, np.array([0.5, 0.25, 1.0], np.float32), (0.5, 0.25, 1.0)),
        (LIMITS, array("d", [0.5, 0.25, 1.0]), (0.5, 0.25, 1.0)),
        (MASK, [False, True], (False, True)),
        (NUMBERS, [1, 0.5, 0], (1.0, 0.5, 0.0)),
        (LEGS, ["FL", "FR", "FL"], ("FL", "FR", "FL")),
        (JOINT, "calf", "calf"),
    ],
)
def test_reads_values_in_their_own_type(spec: ParameterSpec, value: object, parsed: Value) -> None:
    result: Any = spec.parse(value)
    assert result == parsed
    first = result[0] if isinstance(result, tuple) else result
    assert type(first) is type(spec.default[0] if isinstance(spec.default, tuple) else spec.default)


@pytest.mark.parametrize(
    ("spec", "value", "message"),
    [
        (WEIGHT, 11.0, r"expected a number in \[0, 10\], got 11.0"),
        (WEIGHT, float("nan"), "got nan"),
        (WEIGHT, True, "got True"),
        (WEIGHT, "1", "got '1'"),
        (FREE, float("inf"), "expected a number, got inf"),
        (FREE, 10**400, "expected a number, got 1000"),
        (COUNT, 2.0, r"expected a whole number in \[1, 5\], got 2.0"),
        (SWITCH, 1, "expected true or false, got 1"),
        (LIMITS, 0.5, "expected 3 values, got 0.5"),
        (LIMITS, [0.0, 0.0], "expected 3 values, got 2"),
        (LIMITS, [0.0, float("nan"), 0.0], r"expected a number in \[-1, 1\], got nan at index 1"),
        (LIMITS, np.zeros((3, 1)), "at index 0"),
        (LIMITS, "abc", "expected 3 values, got 'abc'"),
        (MASK, [1, 0], "expected true or false, got 1 at index 0"),
        (NUMBERS, [], "expected one or more values, got 0"),
        (NUMBERS, [0.0, 2.0], r"expected a number in \[-1, 1\], got 2.0 at index 1"),
        (LEGS, ["FL", "RR"], "expected one of FR, FL, got 'RR' at index 1"),
        (LEGS, [1], "expected one of FR, FL, got 1 at index 0"),
        (LEGS, "FR", "expected one or more values, got 'FR'"),
        (JOINT, "claf", r"expected a name such as hip, got 'claf' \(did you mean calf\?\)"),
    ],
)
def test_refuses_all_else_with_the_reason(spec: ParameterSpec, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        spec.parse(value)


@given(st.floats() | st.integers() | st.booleans() | st.text() | st.none() | st.lists(st.floats(), max_size=4))
def test_either_a_value_in_range_or_a_reason(value: object) -> None:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 10:
        assert WEIGHT.parse(value) == value
    else:
        with pytest.raises(ValueError, match=r"expected a number in \[0, 10\], got"):
            WEIGHT.parse(value)
